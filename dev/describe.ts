import { settingNames } from '../src/edge/settings.ts';
import { bundle, root } from './bundle.ts';
import type { WorkerDescription } from './description.ts';
import { Refusal } from './refusal.ts';
import { givenHookSecrets } from './secrets.ts';
import { bindingsFor, devDefaults, type Given, givenSettings } from './settings.ts';
import { descriptionOf } from './trial.ts';
import { WorkerError } from './workerd.ts';

/** The Worker of `routes/index.ts`, which says what it is made of. */
export const bundleWorker = (): Promise<string> => bundle('dev/entry.ts');

/** What the Worker of this folder is made of, with what is given as `npm run dev` gives it. Rejects with `Refusal`. */
export async function describeWorker(
  given: Given = givenSettings(process.env, root),
): Promise<WorkerDescription> {
  const bindings = bindingsFor({ settings: settingNames() }, given, {
    defaults: devDefaults,
    parts: { ENVIRONMENT: 'development', ...givenHookSecrets(given.settings) },
  });
  try {
    return await descriptionOf(await bundleWorker(), bindings);
  } catch (error) {
    throw error instanceof WorkerError ? new Refusal(error.message) : error;
  }
}
