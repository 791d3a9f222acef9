import type { Flags } from '../../../src/rollout/flags.ts';
import type { MemoryStore } from '../../../src/store/memory.ts';
import { Names } from '../../../src/store/names.ts';

/** Writes the flags into the store, as an operator does through another isolate. */
export async function setFlags(store: MemoryStore, flags: Flags): Promise<void> {
  const key = new Names('').rollout();
  const [expected = null] = await store.lookup([key]);
  const value = JSON.stringify(flags);
  const isSet = await store.receipts.swap({ key, expected, value, lifeMs: null });
  if (!isSet) throw new Error('somebody else has set them meanwhile');
}
