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
  if (context.isolate.flags.isDue(nowMs)) context.waitUntil(freshenFlags(context, nowMs));
}

/** For who answers by the flags themselves: asks where nobody has for so long. Where Redis does not say, the last good ones hold. */
export async function freshenFlags(context: Context, nowMs: number): Promise<void> {
  const { flags, store } = context.isolate;
  const name = flags.isDue(nowMs) ? flags.nameToLook(nowMs) : null;
  if (name === null) return;
  const values = await callStore(context, () => store.lookup([name]));
  flags.looked(values ? values[0] : undefined);
}
