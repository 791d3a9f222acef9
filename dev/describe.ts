import { bundle } from './bundle.ts';
import type { WorkerDescription } from './description.ts';
import { Refusal } from './refusal.ts';
import { descriptionOf } from './trial.ts';
import { WorkerError } from './workerd.ts';

/** The Worker of `routes/index.ts`, which says what it is made of. */
export const bundleWorker = (): Promise<string> => bundle('dev/entry.ts');

/** What the Worker of this folder is made of. Rejects with `Refusal`. */
export async function describeWorker(): Promise<WorkerDescription> {
  try {
    return await descriptionOf(await bundleWorker());
  } catch (error) {
    throw error instanceof WorkerError ? new Refusal(error.message) : error;
  }
}
