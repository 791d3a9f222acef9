import type { MoreToRead } from './body.ts';
import { type Context, within } from './context.ts';
import type { HeldLease } from './lead.ts';
import { type Passing, passOn } from './stream.ts';

/** It is too large to be shared, broke off, or takes too long: whoever waited for it fetches for itself. */
export interface Unshared {
  readonly is: 'unshared';
}

export interface SharedBody<E> extends Pick<Passing, 'length' | 'idleMs' | 'copyBytes'> {
  /** How long others wait for its end, in milliseconds. It is stored all the same when it comes later. */
  readonly othersWaitMs: number;
  /** Ends the fetch with all of the body. */
  readonly complete: (bytes: Uint8Array<ArrayBuffer>) => Promise<E>;
}

/**
 * A body that is still coming: the leader's client has it as it comes; who waits is told when it is complete, or that
 * it is not shared.
 */
export function shareBody<E>(
  context: Context,
  first: MoreToRead,
  held: HeldLease,
  { othersWaitMs, complete, ...passing }: SharedBody<E>,
): { readonly body: ReadableStream<Uint8Array>; readonly ended: Promise<E | Unshared> } {
  const unshared: Unshared = { is: 'unshared' };
  const end = Promise.withResolvers<E | Unshared>();
  const body = passOn(context, first, {
    ...passing,
    complete: async (bytes) => {
      end.resolve(await complete(bytes));
      held.release();
    },
    incomplete: (why) => {
      context.notes.events.add(why);
      held.release();
      end.resolve(unshared);
    },
  });
  held.isKept = passing.copyBytes > 0;
  if (!held.isKept) return { body, ended: Promise.resolve(unshared) };
  return { body, ended: within(context.isolate.clock, othersWaitMs, end.promise, unshared) };
}
