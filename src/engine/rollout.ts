import type { Decision } from '../rollout/live-flags.ts';
import type { DataClass } from '../strategy/types.ts';
import type { Context } from './context.ts';
import { callStore } from './store-call.ts';

/**
 * How this request is to be answered: by the flags as they are known here, without I/O. Where no MGET took them along for long, they are asked for
 * in the background, and the next request knows more. `key`: names the entry.
 */
export function decide(context: Context, cls: DataClass, key: string): Decision {
  return context.isolate.flags.decide(cls, context.identity, key);
}

/** For requests that send no MGET: those answered from memory, and those that go straight to the origin. */
export function keepFlagsFresh(context: Context, nowMs: number): void {
  const { flags, store } = context.isolate;
  if (!flags.isDue(nowMs)) return;
  const name = flags.nameToLook(nowMs);
  if (name === null) return;
  const ask = async () => {
    const values = await callStore(context, () => store.lookup([name]));
    flags.looked(values ? values[0] : undefined);
  };
  context.waitUntil(ask());
}
