import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { Client } from '@upstash/qstash';
import { Webhook } from 'standardwebhooks';
import { type QStash, startQStash } from '../../../dev/qstash/server.ts';
import type { ReceiptView } from '../../../src/invalidation/receipts.ts';
import type { Via } from '../../../src/store/port.ts';
import { type ManualClock, manualClock } from '../../support/node/qstash-clock.ts';
import type { TestRedis } from '../../support/redis.ts';
import { type Demo, type DemoOptions, startDemo } from './demo.ts';
import { type Answer, send } from './http.ts';
import { verbOf } from './world.ts';

/**
 * The demo with its queue: the Worker that is deployed in several isolates, the demo origin, real Redis, and QStash's
 * stand-in, whose time and the isolates' pass when the test says so.
 */
export interface Hooked extends Demo {
  readonly qstash: QStash;
  /** A signed webhook of the product, to an isolate. The same `id` is the same event. */
  hook(edge: number, type: string, data: object, id?: string): Promise<Answer>;
  /** Changes an invoice at the origin, behind the edge's back, and tells the edge as the product would. */
  changeInvoice(edge: number, id: string, amountCents: number): Promise<string>;
  receipt(purgeId: string): Promise<ReceiptView>;
  receipts(query?: string): Promise<ReceiptView[]>;
  admin(route: string, body?: object): Promise<Answer>;
  /** What hooks apply by themselves is lost on its way to Redis from now on, as when the Worker dies with it: the queue alone is left. */
  loseEager(): void;
  /** The same for what is applied by another way: because the queue could not be had, or by its deliveries. */
  loseToo(via: 'direct' | 'delivery'): void;
  /** Ids of the purges that were sent to Redis, in that order. */
  readonly purgesSent: readonly string[];
  /** Takes messages of this label back before they are delivered. */
  takeBack(label: string): Promise<void>;
  /** Every request to Redis is cut from now on, until `false`. */
  redisDown(down: boolean): void;
  /** Time passes for QStash and for the isolates, from one delivery to the next, each with all that it sets off. */
  pass(ms: number): Promise<void>;
  /** Nothing is under way any more, neither a delivery nor background work. */
  quiet(): Promise<void>;
}

const HOOK_SECRET_APP = `whsec_${Buffer.from('the key of the product, 32 bytes').toString('base64')}`;
const ADMIN_TOKEN = 'only-for-this-scenario';
const adminTokens = JSON.stringify({
  scenario: { sha256: createHash('sha256').update(ADMIN_TOKEN).digest('hex'), scopes: ['purge', 'read'] },
});

export async function startHooked(
  redis: Pick<TestRedis, 'redisUrl'>,
  { bindings = {}, ...options }: DemoOptions = {},
): Promise<Hooked> {
  const clock = manualClock(Date.now());
  const qstash = await startQStash({ clock, signedAt: Date.now });
  const port = await freePort();
  const demo = await startDemo(redis, {
    ...options,
    port,
    bindings: {
      HOOK_SECRET_APP,
      ADMIN_TOKENS: adminTokens,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      QSTASH_URL: qstash.url,
      QSTASH_TOKEN: qstash.token,
      QSTASH_CURRENT_SIGNING_KEY: qstash.signingKeys.current,
      QSTASH_NEXT_SIGNING_KEY: qstash.signingKeys.next,
      ...bindings,
    },
  });
  const lost = new Set<Via>();
  const purgesSent: string[] = [];
  let down = false;
  demo.gateway.onRequest = (commands) => {
    if (down) return { drop: true };
    for (const command of commands.filter((it) => verbOf(it, options.without) === 'purge'))
      purgesSent.push(
        command
          .find((word) => word.includes(':purge:'))!
          .split(':')
          .at(-1)!,
      );
    const isLost = (command: string[]) =>
      verbOf(command, options.without) === 'purge' && [...lost].some((via) => command.includes(via));
    return commands.some(isLost) ? { drop: true } : undefined;
  };
  const webhook = new Webhook(HOOK_SECRET_APP);
  let aheadMs = 0;

  const hooked: Hooked = {
    ...demo,
    qstash,
    hook(edge, type, data, id = `msg_${randomUUID()}`) {
      const body = JSON.stringify({ type, data: { tenant_id: 'acme', ...data } });
      const at = new Date(Date.now() + aheadMs);
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': webhook.sign(id, at, body),
      };
      return send(demo.edges[edge]!, 'POST /hooks/app', { headers, body });
    },
    async changeInvoice(edge, id, amount_cents) {
      const ann = { tenant: 'acme', user: 'ann' };
      const changed = await demo.atOrigin(ann, `PATCH /invoices/${id}?silent=1`, { amount_cents });
      if (changed.status !== 200) throw new Error(`the invoice did not change: ${changed.text}`);
      const answer = await hooked.hook(edge, 'invoice_updated', { invoice_id: id });
      if (answer.status !== 202) throw new Error(`not accepted: ${answer.status} ${answer.text}`);
      return (answer.json() as { purge_id: string }).purge_id;
    },
    admin: (route, body) =>
      send(demo.edges[0]!, route, {
        headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
        ...(body && { body: JSON.stringify(body) }),
      }),
    async receipt(purgeId) {
      const answer = await hooked.admin(`GET /-/purges/${purgeId}`);
      if (answer.status !== 200) throw new Error(`no receipt: ${answer.status} ${answer.text}`);
      return answer.json() as ReceiptView;
    },
    async receipts(query = '') {
      const answer = await hooked.admin(`GET /-/purges?${query}`);
      return (answer.json() as { purges: ReceiptView[] }).purges;
    },
    purgesSent,
    async takeBack(label) {
      await new Client({ baseUrl: qstash.url, token: qstash.token, devMode: false }).messages.cancel({
        filter: { label },
      });
    },
    loseEager: () => void lost.add('eager'),
    loseToo: (via) => void lost.add(via),
    redisDown(it) {
      down = it;
    },
    async pass(ms) {
      const end = clock.now() + ms;
      await hooked.quiet();
      while (clock.next !== undefined && clock.next <= end) await step(clock.next - clock.now());
      await step(end - clock.now());
    },
    async quiet() {
      do {
        await qstash.idle();
        await demo.settled();
      } while (isDue(clock));
    },
    async stop() {
      await demo.stop();
      await qstash.close();
    },
  };

  async function step(ms: number): Promise<void> {
    await demo.advance(ms);
    aheadMs += ms;
    clock.advance(ms);
    await hooked.quiet();
  }
  return hooked;
}

const isDue = ({ next, now }: ManualClock) => next !== undefined && next <= now();

/** The edge must know where it is reached before it starts. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}
