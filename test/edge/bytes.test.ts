import { expect, test } from 'vitest';
import { summaryOf } from '../../src/figures/summary.ts';
import { httpWorld, said } from '../http-cache/support.ts';
import { type Asked, aClass, type TestEdge, world } from '../support/worker/world.ts';

const big = { rows: 'x'.repeat(5_000) };
const bytes = JSON.stringify(big).length;

/** What was counted since the last time. */
const countedBy = ({ app }: TestEdge) => {
  const { counts } = app.ready({}).isolate.meter.take();
  return summaryOf([{ counts, histograms: new Map() }]);
};

const plain = { headers: { 'Accept-Encoding': 'identity' } };
/** How a client asks for what it may have already. */
const ways: Record<string, (etag: string) => Asked> = {
  'that has it': (etag) => ({ headers: { ...plain.headers, 'If-None-Match': etag } }),
  'that has any': () => ({ headers: { ...plain.headers, 'If-None-Match': '*' } }),
  'that wants the head': () => ({ ...plain, method: 'HEAD' }),
  'that wants all': () => plain,
};

const worlds: Record<string, () => { edge: TestEdge; path: string; as: Pick<Asked, 'as'> }> = {
  'a class': () => {
    const { edge, origin } = world([aClass()]);
    origin.on('/report/r1', big);
    return { edge, path: '/report/r1', as: {} };
  },
  'an HTTP cache': () => {
    const { edge, origin } = httpWorld();
    origin.on('/a', said(JSON.stringify(big), { 'Cache-Control': 'max-age=60', ETag: '"1"' }));
    return { edge, path: '/a', as: { as: null } };
  },
};

for (const [front, made] of Object.entries(worlds))
  test.each(Object.entries(ways))(
    `a hit of ${front} spares the origin its body, for a client %s`,
    async (_, way) => {
      const { edge, path, as } = made();
      const first = await edge.get(path, { ...plain, ...as });
      expect(countedBy(edge)).toMatchObject({ savedBytes: 0, originBytes: bytes, byteHitRate: 0 });
      const answer = await edge.get(path, { ...way(first.headers.get('ETag')!), ...as });
      expect(answer.cacheStatus).toMatch(/hit/);
      expect(countedBy(edge)).toMatchObject({ savedBytes: bytes, originBytes: 0, byteHitRate: 1 });
      expect(edge.log.at(-1)!['bytes']).toBe(answer.text === '' ? undefined : bytes);
    },
  );

test('a miss that is answered with 304 saves nothing', async () => {
  const { edge, path } = worlds['a class']!();
  await edge.get(path, { headers: { ...plain.headers, 'If-None-Match': '*' } });
  expect(countedBy(edge)).toMatchObject({ savedBytes: 0, originBytes: bytes, byteHitRate: 0 });
});
