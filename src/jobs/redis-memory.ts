import type { Context } from '../engine/context.ts';
import { countedCall, noteStoreFailure } from '../engine/store-call.ts';
import type { RollUpState } from '../figures/state.ts';
import { StoreError } from '../store/port.ts';

type Memory = RollUpState['memory'];

/** As Redis says, asked now and then; the limit as the plan says, where a setting does. One that gives no INFO says nothing. */
export async function redisMemory(
  context: Context,
  last: Memory,
  limitBytes: number | null,
  nowMs: number,
): Promise<Memory> {
  const { store, bounds } = context.isolate;
  const isRecent = last !== null && Math.abs(nowMs - last.atMs) < bounds.memoryEveryMs;
  const says = isRecent ? last : await countedCall(context, () => store.metrics.memory()).catch(unsaid);
  const { usedBytes, limitBytes: saidLimit } = says ?? { usedBytes: null, limitBytes: null };
  return { usedBytes, limitBytes: limitBytes ?? saidLimit, atMs: isRecent ? last.atMs : nowMs };

  function unsaid(error: unknown): null {
    const isRefused = error instanceof StoreError && error.kind === 'refused';
    return isRefused ? null : noteStoreFailure(context.notes, error);
  }
}
