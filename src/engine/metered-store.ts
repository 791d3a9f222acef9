import { type Metrics, type Receipts, type Store, StoreError } from '../store/port.ts';
import type { LabelValue } from '../telemetry/known-labels.ts';
import type { Meter } from '../telemetry/meter.ts';
import type { Clock } from './context.ts';
import { billed, sent } from './redis-commands.ts';

/** The store, each verb of it counted: requests, commands by verb, how long, what failed, and the price. */
export function meteredStore(store: Store, meter: Meter, { now }: Clock, dollarsPerCommand: number): Store {
  const { receipts, metrics } = store;

  /** One verb, as counted under this name. */
  function metered<A extends never[], T>(
    verb: LabelValue<'redis_commands', 'verb'>,
    call: (...args: A) => Promise<T>,
  ): (...args: A) => Promise<T> {
    return async (...args) => {
      const fromMs = now();
      let reply: T | undefined;
      try {
        reply = await call(...args);
        return reply;
      } catch (error) {
        meter.add('redis_failures', 1, error instanceof StoreError ? error.kind : 'failed');
        throw error;
      } finally {
        const { requests, commands } = sent(verb, args, reply);
        if (requests > 0) {
          meter.observe('redis_duration', now() - fromMs, verb);
          meter.add('redis_requests', requests);
          meter.add('redis_commands', commands, verb);
          meter.add('redis_price', dollarsPerCommand * billed(verb, args, reply));
        }
      }
    };
  }

  return {
    lookup: metered('lookup', (names) => store.lookup(names)),
    lease: metered('lease', (lease) => store.lease(lease)),
    fill: metered('fill', (fill) => store.fill(fill)),
    release: metered('release', (release) => store.release(release)),
    purge: metered('purge', (purge) => store.purge(purge)),
    receipts: {
      accept: metered('accept', (receipt) => receipts.accept(receipt)),
      read: metered('read', (keys) => receipts.read(keys)),
      page: metered('page', (page) => receipts.page(page)),
      due: metered('due', (query) => receipts.due(query)),
      reopen: metered('reopen', (look) => receipts.reopen(look)),
      verify: metered('verify', (receipt) => receipts.verify(receipt)),
      bury: metered('bury', (receipt) => receipts.bury(receipt)),
      count: metered('count', (name) => receipts.count(name)),
      scan: metered('scan', (part) => receipts.scan(part)),
      remove: metered('remove', (names) => receipts.remove(names)),
      swap: metered('swap', (swap) => receipts.swap(swap)),
    } satisfies Receipts,
    metrics: {
      tell: metered('tell', (document) => metrics.tell(document)),
      told: metered('told', (query) => metrics.told(query)),
      read: metered('figures', (keys) => metrics.read(keys)),
      settle: metered('settle', (settlement) => metrics.settle(settlement)),
      memory: metered('info', () => metrics.memory()),
    } satisfies Metrics,
  };
}
