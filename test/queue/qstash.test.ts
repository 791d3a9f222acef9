import { afterEach, expect, test, vi } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { publicationsOf } from '../../src/queue/message.ts';
import { createQStash } from '../../src/queue/qstash.ts';
import { orderOf } from '../../src/strategy/purge-order.ts';
import { FakeClock } from '../support/worker/clock.ts';

/** What reaches QStash, and what counts as taken. That it is what the official SDK sends: qstash-sdk.test.ts. */
afterEach(() => vi.unstubAllGlobals());

const clock = new FakeClock();
const queue = createQStash(
  {
    url: 'https://qstash.test',
    token: 'a-token',
    currentSigningKey: 'sig_current',
    nextSigningKey: 'sig_next',
    publicUrl: 'https://edge.test',
    retries: 4,
    namespace: 'staging',
  },
  clock,
);
const orderOfTenant = (tenant: string) =>
  orderOf({ id: 'pur_12345678', source: 'app', whose: 'tenant', tenant, tags: ['a'], acceptedMs: 1 });

interface Sent {
  readonly destination: string;
  readonly headers: Record<string, string>;
}

async function published(tenant: string): Promise<Sent[]> {
  let sent: Sent[] = [];
  vi.stubGlobal('fetch', async (_url: string, { body }: { body: string }) => {
    sent = JSON.parse(body) as Sent[];
    return Response.json(sent.map((_, i) => ({ messageId: `msg_${i}` })));
  });
  await queue.publish(publicationsOf(orderOfTenant(tenant)));
  return sent;
}

test('Each message says where, how often, how long, and under which limit it is delivered', async () => {
  const [apply, verify] = await published('acme');
  expect(apply!.destination).toBe('https://edge.test/-/deliveries');
  expect(apply!.headers).toMatchObject({
    'upstash-retries': '4',
    'upstash-retry-delay': 'min(120000, 1000 * pow(4, retried))',
    'upstash-timeout': `${bounds.deliveryMs / 1000}s`,
    'upstash-label': 'purge-apply',
    'upstash-failure-callback': 'https://edge.test/-/failures',
    'upstash-flow-control-value': `parallelism=${bounds.deliveriesPerTenant}`,
  });
  expect(apply!.headers['upstash-flow-control-key']).toMatch(/^purge\.[A-Za-z0-9_-]{16}$/);
  expect(verify!.headers).toMatchObject({ 'upstash-delay': '31s', 'upstash-label': 'purge-verify' });
});

test('None is deduplicated: a second purge of the same tags would be dropped', async () => {
  for (const { headers } of await published('acme'))
    expect(Object.keys(headers).filter((name) => name.includes('dedup'))).toEqual([]);
});

test('Tenants do not share a limit', async () => {
  const key = async (tenant: string) => (await published(tenant))[0]!.headers['upstash-flow-control-key'];
  expect(await key('acme')).toBe(await key('acme'));
  expect(await key('acme')).not.toBe(await key('globex'));
});

test.each<[string, () => Response, string]>([
  [
    'one of the messages',
    () => Response.json([{ messageId: 'a' }, { error: 'too many retries' }]),
    'refused',
  ],
  ['too few of them', () => Response.json([{ messageId: 'a' }]), 'refused'],
  ['all of them', () => Response.json({ error: 'quota' }, { status: 429 }), 'refused'],
  ['with something else than a list', () => Response.json({ messageId: 'a' }), 'refused'],
  ['with a redirect', () => Response.redirect('https://elsewhere.test/v2/batch', 307), 'refused'],
  ['in no JSON, as a proxy before it may', () => new Response('<html>'), 'unreachable'],
])('It is not taken where QStash refuses %s', async (_, answer, kind) => {
  vi.stubGlobal('fetch', async () => answer());
  await expect(queue.publish(publicationsOf(orderOfTenant('acme')))).rejects.toMatchObject({
    name: 'QueueError',
    kind,
  });
});

test('It is not taken where QStash does not answer within the bound', async () => {
  // As workerd's own does: nothing but the signal ends it.
  vi.stubGlobal('fetch', (_url: string, { signal }: { signal: AbortSignal }) => {
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(signal.reason));
    return promise;
  });
  const publishing = queue.publish(publicationsOf(orderOfTenant('acme'))).catch((error: unknown) => error);
  await clock.asleep(1, bounds.queueMs);
  clock.advance(bounds.queueMs);
  expect(await publishing).toMatchObject({ name: 'QueueError', kind: 'timeout' });
});

test('It is not taken where the answer does not end within the bound', async () => {
  const ended = vi.fn();
  vi.stubGlobal('fetch', async (_url: string, { signal }: { signal: AbortSignal }) => {
    const start = (controller: ReadableStreamDefaultController) => {
      controller.enqueue(new TextEncoder().encode('[{"messageId":'));
      signal.addEventListener('abort', () => {
        ended();
        controller.error(signal.reason);
      });
    };
    return new Response(new ReadableStream({ start }));
  });
  const publishing = queue.publish(publicationsOf(orderOfTenant('acme'))).catch((error: unknown) => error);
  await clock.asleep(1, bounds.queueMs);
  clock.advance(bounds.queueMs);
  expect(await publishing).toMatchObject({ name: 'QueueError', kind: 'timeout' });
  expect(ended).toHaveBeenCalledTimes(1);
});

test('It is tried once: what QStash does not take is applied at once instead', async () => {
  const fetch = vi.fn(async () => {
    throw new TypeError('connection lost');
  });
  vi.stubGlobal('fetch', fetch);
  await expect(queue.publish(publicationsOf(orderOfTenant('acme')))).rejects.toMatchObject({
    kind: 'unreachable',
  });
  expect(fetch).toHaveBeenCalledTimes(1);
});
