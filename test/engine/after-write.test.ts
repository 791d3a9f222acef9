import { describe, expect, test } from 'vitest';
import { failing, json } from '../support/worker/origin.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { aClass, world } from '../support/worker/world.ts';

/** What a write through the edge purges beside its own tags, and what the queue does for it. */
const written = aClass({ writeThrough: 'purge' });
const listed = aClass({ name: 'list', tags: ['list:{id}', 'everything-listed'] });

async function scene(queue = new HandQueue()) {
  const made = world([written, listed], { queue });
  made.origin.on('/report/r1', { value: 1 });
  made.origin.on('/list/a', { list: ['r1'] });
  for (const path of ['/report/r1', '/list/a']) await made.edge.get(path);
  const write = (headers: Record<string, string>, status = 200) => {
    made.origin.on('PATCH /report/r1', () => json({ value: 2 }, { headers, status }));
    return made.edge.get('/report/r1', { method: 'PATCH', body: '{}' });
  };
  const status = async (path: string, as = 'ann@acme') => (await made.edge.get(path, { as })).cacheStatus;
  return { ...made, queue, write, status };
}

describe('Cache-Group-Invalidation (RFC 9875)', () => {
  test.each<[string, string, purged: boolean]>([
    ['a tag of entries of another class', '"everything-listed"', true],
    ['several, with parameters', '"other", "list:a";q=1', true],
    ['another group', '"nothing-has-it"', false],
    ['a token, which is no string', 'everything-listed', false],
    ['what does not parse', '"everything-listed', false],
  ])('%s', async (_, header, purged) => {
    const { write, status } = await scene();
    await write({ 'Cache-Group-Invalidation': header });
    expect((await status('/list/a'))?.includes('detail=purged')).toBe(purged);
    expect(await status('/report/r1')).toContain('detail=purged');
  });

  test('is purged before the answer leaves, together with the class’s tags', async () => {
    const { edge, write } = await scene();
    edge.redis.took();
    await write({ 'Cache-Group-Invalidation': '"everything-listed"' });
    expect(edge.redis.took()).toEqual(['purge']);
  });

  test('counts in answers that are errors too: the origin says so', async () => {
    for (const status of [409, 500]) {
      const it = await scene();
      await it.write({ 'Cache-Group-Invalidation': '"everything-listed"' }, status);
      expect(await it.status('/list/a')).toContain('detail=purged');
    }
  });

  test('that names more groups than we tell apart purges all of the tenant: too much is never wrong', async () => {
    const { write, status } = await scene();
    await status('/list/a', 'ann@globex');
    await write({ 'Cache-Group-Invalidation': Array.from({ length: 300 }, (_, i) => `"g${i}"`).join(', ') });
    expect(await status('/list/a')).toContain('detail=purged');
    expect(await status('/list/a', 'ann@globex')).toContain('hit');
  });

  test('reaches the writer’s tenant alone', async () => {
    const { write, status } = await scene();
    await status('/list/a', 'ann@globex');
    await write({ 'Cache-Group-Invalidation': '"everything-listed"' });
    expect(await status('/list/a', 'ann@globex')).toContain('hit');
  });

  test('that is malformed is noted', async () => {
    const { edge, write } = await scene();
    await write({ 'Cache-Group-Invalidation': '"' });
    expect(edge.notes).toContain('cache-group-invalidation-malformed');
  });

  test('is ignored in the answer to a read', async () => {
    const { clock, origin, status } = await scene();
    origin.on('/report/r1', () =>
      json({}, { headers: { 'Cache-Group-Invalidation': '"everything-listed"' } }),
    );
    clock.advance(10_000);
    await status('/report/r1');
    expect(await status('/list/a')).not.toContain('purged');
  });
});

test('Cache-Groups of an answer are tags, where the class takes tags from answers', async () => {
  const named = aClass({ name: 'named', tags: [], tagsFromAnswer: true });
  const { edge, anotherEdge, origin, purge } = world([named]);
  origin.on('/named/a', () => json({}, { headers: { 'Cache-Groups': '"shelf:7", "shelf:8"' } }));
  for (let i = 0; i < 2; i++) await edge.get('/named/a');
  expect((await edge.get('/named/a')).cacheStatus).toContain('hit');
  expect((await anotherEdge().get('/named/a')).cacheStatus).toContain('hit');
  await purge('shelf:9');
  expect((await anotherEdge().get('/named/a')).cacheStatus).toContain('hit');
  await purge('shelf:8');
  expect((await anotherEdge().get('/named/a')).cacheStatus).toContain('detail=purged');
  const many = Array.from({ length: 300 }, (_, i) => `"g${i}"`).join(', ');
  origin.on('/named/b', () => json({}, { headers: { 'Cache-Groups': many } }));
  await edge.get('/named/b');
  expect(edge.notes).toContain('too-many-tags');
});

describe('With a queue', () => {
  test('a purge that fails is queued, and the answer says so', async () => {
    const { edge, queue, write, status } = await scene();
    edge.redis.fail('purge');
    expect((await write({})).cacheStatus).toBe('Stillfresh; fwd=method; fwd-status=200; detail=purge-queued');
    expect(queue.says).toEqual(['apply', 'verify +31s']);
    edge.redis.heal();
    expect(await queue.deliver(edge, 'apply')).toMatchObject({ status: 200 });
    expect(await status('/report/r1')).toContain('detail=purged');
  });

  test('that is down too, it is tried again here', async () => {
    const { edge, clock, queue, origin } = await scene();
    queue.down = true;
    edge.redis.fail('purge');
    origin.on('PATCH /report/r1', { value: 2 });
    const answer = await edge.ask('/report/r1', { method: 'PATCH', body: '{}' });
    expect(answer.cacheStatus).toContain('detail=purge-pending');
    await clock.asleep(1);
    edge.redis.heal();
    clock.advance(200);
    await edge.settled();
    expect((await edge.get('/report/r1')).cacheStatus).toContain('detail=purged');
  });

  test('an applied purge is looked after, and its second one comes where the class settles', async () => {
    const queue = new HandQueue();
    const settling = aClass({ writeThrough: 'purge', settle: '3s' });
    const { edge, origin } = world([settling], { queue });
    origin.on('PATCH /report/r1', { value: 2 });
    await edge.get('/report/r1', { method: 'PATCH', body: '{}' });
    expect(queue.says).toEqual(['verify +31s', 'apply +3s', 'verify +34s']);
  });

  test('and where the queue does not take the second one, a receipt keeps it for the cron', async () => {
    const queue = new HandQueue();
    queue.down = true;
    const settling = aClass({ writeThrough: 'purge', settle: '3s' });
    const { edge, origin, store, clock } = world([settling], { queue });
    origin.on('PATCH /report/r1', { value: 2 });
    await edge.get('/report/r1', { method: 'PATCH', body: '{}' });
    const due = await store.receipts.due({ open: 'purges:@open', untilMs: clock.now() + 200_000, most: 9 });
    expect(due.filter((id) => id.endsWith('-settle'))).toHaveLength(1);
  });

  test('a write that the origin failed is purged, and that purge is looked after too', async () => {
    const { queue, origin, edge } = await scene();
    origin.on('PATCH /report/r1', failing(500));
    await edge.get('/report/r1', { method: 'PATCH', body: '{}' });
    expect(queue.says).toEqual(['verify +31s']);
  });
});
