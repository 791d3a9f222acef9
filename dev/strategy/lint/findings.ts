import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkerDescription } from '../../description.ts';
import { LOCK_FILE } from '../../lock/file.ts';
import type { Settings } from '../../settings.ts';
import type { StrategyFacts } from '../facts.ts';
import type { Finding } from './finding.ts';
import { lint } from './lint.ts';
import { committedLock, lockBefore } from './lock-before.ts';
import { lineIn } from './places.ts';

/** What is compared, and what is given here. */
interface Around {
  readonly settings: Settings;
  /** A commit: changes are looked for since then. Undefined: since the last one. */
  readonly since?: string | undefined;
}

/** What the lint finds in the Worker of this folder. Throws `Refusal` for a lock that is damaged, and a commit that is not known. */
export async function findingsIn(
  folder: string,
  { routes, classes = [] }: Pick<WorkerDescription, 'routes' | 'classes'>,
  facts: StrategyFacts,
  { settings, since }: Around,
): Promise<readonly Finding[]> {
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  const files = globSync('routes/**/*.ts', { cwd: folder }).toSorted();
  const sources = await Promise.all(files.map(async (file) => ({ file, text: await read(file) })));
  const present = await read(LOCK_FILE).catch(() => null);
  const lock = lockBefore(await committedLock(folder, since), present);
  const secrets = secretsIn(settings, await read('wrangler.toml').catch(() => ''));
  return lint({ ...facts, routes, entries: classes, secrets }, lock, (place) => lineIn(sources, place));
}

/** Set here, or named where whoever deploys reads which secrets there are: as one that is required, or in a comment. */
const secretsIn = (settings: Settings, wranglerToml: string): readonly string[] => [
  ...Object.keys(settings).filter((name) => settings[name]),
  ...(wranglerToml.match(/\bHOOK_SECRET_[A-Z0-9_]+/g) ?? []),
];
