import { beforeEach, describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { worker } from '../../src/edge/worker.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { type Answer, aClass, world } from '../support/worker/world.ts';

/** A receipt says how many of the purge's names anything was cached under: none most likely is a slip in a name. */
async function scene() {
  const queue = new HandQueue();
  const cls = aClass({ ttl: '10m', writeThrough: 'purge', settle: '5s' });
  const made = world([cls], { settings: { ADMIN_TOKENS: await adminTokens('purge') }, queue });
  for (const id of ['r1', 'r2']) made.origin.on(`/report/${id}`, { value: id });
  made.origin.on('PATCH /report/r1', { value: 'new' });
  const { edge, store } = made;
  const post = (body: object) =>
    edge.ask('/-/purge', asAdmin('purge', { method: 'POST', body: JSON.stringify(body) }));
  const receipt = async (id: string) => (await edge.get(`/-/purges/${id}`, asAdmin('purge'))).json as Receipt;
  const names = () => store.receipts.scan({ cursor: '0', match: 'gen:*', count: 999 });
  return {
    ...{ ...made, queue, post, receipt },
    /** As the store carries purges out where there is no room: see full.node.test.ts. */
    fill: () => {
      edge.redis.purge = async ({ lastName = '', generationNames, receipt }) => {
        const [key, lifeMs] = [receipt.names.metBefore, bounds.receiptMs];
        for (const name of generationNames) {
          const [value = null] = await store.lookup([name]);
          if (value !== null) await store.receipts.swap({ key, expected: null, value, lifeMs });
        }
        for (const name of [lastName, ...generationNames]) store.evict(name);
        return { applied: 'deleted', stored: null };
      };
    },
    /** Purges are carried out as they should. */
    heal: () => {
      edge.redis.purge = (purge) => store.purge(purge);
    },
    evictGenerations: async () => {
      for (const name of (await names()).names) store.evict(name);
    },
    cron: () => edge.cron(worker(edge.app)),
  };
}
interface Receipt {
  readonly met: number | null;
  readonly [field: string]: unknown;
}
const idOf = (answer: Answer) => (answer.json as { purge_id: string }).purge_id;
const r1 = { tenant: 'acme', tags: ['report:r1'] };
const typo = { tenant: 'acme', tags: ['reprot:r1'] };

let it: Awaited<ReturnType<typeof scene>>;
beforeEach(async () => {
  it = await scene();
  for (const id of ['r1', 'r2']) await it.edge.get(`/report/${id}`);
});

describe('Of what it names it met', () => {
  test.each<[string, object, met: number]>([
    ['a tag that was read', r1, 1],
    ['a tag that was read, softly', { ...r1, mode: 'soft' }, 1],
    ['two tags that were read', { ...r1, tags: ['report:r1', 'report:r2'] }, 2],
    ['one that was read and one that was not', { ...r1, tags: ['report:r1', 'report:r3'] }, 1],
    ['a tag that nothing has', typo, 0],
    ['a tag that nothing has, softly', { ...typo, mode: 'soft' }, 0],
    ['a tag of another tenant', { ...r1, tenant: 'globex' }, 0],
    ['a tag of public data', { public: true, tags: ['report:r1'] }, 0],
    ['a class', { tenant: 'acme', classes: ['report'] }, 1],
    ['a class and a tag of it', { ...r1, classes: ['report'] }, 2],
    ['a class of a tenant without any', { tenant: 'globex', classes: ['report'] }, 0],
    ['a class over all tenants', { all_tenants: true, classes: ['report'] }, 1],
    ['a user, for whom nothing is kept', { tenant: 'acme', users: ['ann'] }, 0],
    ['everything', { tenant: 'acme', everything: true }, 1],
    ['everything of a tenant without anything', { tenant: 'globex', everything: true }, 0],
  ])('%s', async (_, body, met) => {
    const id = idOf(await it.post(body));
    await it.edge.settled();
    expect(await it.receipt(id)).toMatchObject({ state: 'applied', applied_via: 'eager', met });
  });
});

/** Loses what the edge does beside the queue. */
async function accepted(body: object): Promise<string> {
  it.edge.redis.purge = () => Promise.reject(new Error('killed'));
  const id = idOf(await it.post(body));
  await it.edge.settled();
  it.heal();
  return id;
}

/** Each way to be applied, from the acceptance to the receipt. */
const ways: readonly [via: string, (body: object) => Promise<string>][] = [
  [
    'eager',
    async (body) => {
      const id = idOf(await it.post(body));
      await it.edge.settled();
      return id;
    },
  ],
  [
    'direct',
    async (body) => {
      it.queue.down = true;
      return idOf(await it.post(body));
    },
  ],
  [
    'delivery',
    async (body) => {
      const id = await accepted(body);
      await it.queue.deliver(it.edge, 'apply', { retried: 3 });
      return id;
    },
  ],
  [
    'delivery',
    async (body) => {
      const id = await accepted(body);
      await it.queue.giveUp(it.edge, 'apply');
      return id;
    },
  ],
  [
    'verification',
    async (body) => {
      const id = await accepted(body);
      await it.queue.deliver(it.edge, 'verify');
      return id;
    },
  ],
  [
    'verification',
    async (body) => {
      const id = idOf(await it.post(body));
      await it.edge.settled();
      it.store.evict(`purge:${id}`); // a failover lost it
      it.clock.advance(31_000);
      await it.queue.deliver(it.edge, 'verify');
      return id;
    },
  ],
  [
    'sweep',
    async (body) => {
      const id = await accepted(body);
      it.queue.down = true;
      it.clock.advance(bounds.stuckMs);
      await it.cron();
      return id;
    },
  ],
];

describe('However it is applied,', () => {
  test.each(ways)('by %s it says what it met', async (via, apply) => {
    expect(await it.receipt(await apply(r1))).toMatchObject({ applied_via: via, met: 1 });
  });

  test.each(ways)('by %s it says that it met nothing', async (via, apply) => {
    expect(await it.receipt(await apply(typo))).toMatchObject({ applied_via: via, met: 0 });
  });

  test('it says nothing before that', async () => {
    expect(await it.receipt(await accepted(r1))).toMatchObject({ state: 'accepted', met: null });
  });

  test('the first count stays: by the queue, by the look at it, and when all it met has gone', async () => {
    const id = idOf(await it.post(r1));
    await it.edge.settled();
    await it.evictGenerations();
    await it.queue.deliver(it.edge, 'apply');
    expect(await it.receipt(id)).toMatchObject({ state: 'applied', met: 1 });
    it.clock.advance(31_000);
    await it.queue.deliver(it.edge, 'verify');
    expect(await it.receipt(id)).toMatchObject({ state: 'verified', met: 1 });
  });

  test('the second purge of one that settles counts for itself', async () => {
    const id = idOf(await it.post(r1));
    await it.edge.settled();
    await it.queue.deliver(it.edge, 'apply');
    await it.queue.deliver(it.edge, 'apply');
    expect(await it.receipt(`${id}-settle`)).toMatchObject({ state: 'applied', met: 1 });
  });

  test('a write’s is told too', async () => {
    await it.edge.get('/report/r1', { method: 'PATCH', body: '{}' });
    const { purges } = (await it.edge.get('/-/purges', asAdmin('purge'))).json as { purges: Receipt[] };
    expect(purges.filter(({ applied_via }) => applied_via === 'write')).toMatchObject([{ met: 1 }]);
  });
});

describe('A full database takes away what a purge meets, and has no room for a receipt; when there is room again', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['the queue’s first delivery', () => it.queue.deliver(it.edge, 'apply')],
    ['a later one', () => it.queue.deliver(it.edge, 'apply', { retried: 2 })],
    ['the look at it', () => it.queue.deliver(it.edge, 'verify')],
    ['what the queue gave up', () => it.queue.giveUp(it.edge, 'apply')],
  ])('%s knows that there was something, and where there was nothing', async (_, apply) => {
    for (const [body, met] of [
      [r1, 1],
      [typo, 0],
    ] as const) {
      it.fill();
      const id = idOf(await it.post(body));
      await it.edge.settled();
      it.heal();
      await apply();
      expect(await it.receipt(id)).toMatchObject({ state: 'applied', met });
      it.queue.taken.length = 0;
    }
  });
});

test('A receipt that the version before wrote says nothing of it', async () => {
  const id = idOf(await it.post(r1));
  await it.edge.settled();
  const key = `purge:${id}`;
  const [text] = await it.store.receipts.read([key]);
  const value = text!.replace(':1\n', '\n');
  await it.store.receipts.swap({ key, expected: text!, value, lifeMs: bounds.receiptMs });
  expect(value).not.toBe(text);
  expect(await it.receipt(id)).toMatchObject({ state: 'applied', applied_via: 'eager', met: null });
});

test('Counting costs no request of its own', async () => {
  it.edge.redis.took();
  await it.post(r1);
  await it.edge.settled();
  expect(it.edge.redis.took()).toEqual(['purge']);
});
