import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Env, type Program, run } from './run.ts';

/** Redis and the libraries that a bare Debian or Ubuntu lacks: 1.5 MB. */
const packages = [
  'redis-server',
  'redis-tools',
  'libjemalloc2',
  'liblzf1',
  'liblua5.1-0',
  'lua-cjson',
  'lua-bitop',
];

/** Long enough for a slow mirror; a mirror that does not answer ends after `answerS`. */
const downloadMs = 90_000;
const answerS = 15;
const localMs = 20_000;

export interface PrivateCopyOptions {
  readonly env: Env;
  readonly log: (line: string) => void;
  /** Default: `node_modules/.cache/stillfresh-redis`. */
  readonly cacheDir?: string;
  /** Only root may refresh the package lists. Default: whether this process is root. */
  readonly root?: boolean;
}

export const defaultCacheDir = fileURLToPath(
  new URL('../../node_modules/.cache/stillfresh-redis', import.meta.url),
);

/** The distribution's Redis in a folder of ours: nothing is installed in the system. Kept between runs. */
export async function privateCopy(options: PrivateCopyOptions): Promise<Program> {
  const cacheDir = options.cacheDir ?? defaultCacheDir;
  const home = join(cacheDir, process.arch);
  const kept = await usable(home, options.env).catch(() => null);
  if (kept !== null) return kept;

  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(join(cacheDir, '.new-'));
  try {
    options.log('Redis: fetching a private copy of the distribution’s package (1.5 MB, once)');
    const fresh = join(work, 'root');
    await download(work, options);
    for (const file of await readdir(work)) {
      if (!file.endsWith('.deb')) continue;
      await run('dpkg', ['-x', join(work, file), fresh], { env: options.env, timeoutMs: localMs });
    }
    await usable(fresh, options.env);
    return await settle(fresh, home, work, options.env);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Moves the copy to its place, unless another run was faster; only a copy that does not start is moved away. */
async function settle(fresh: string, home: string, work: string, env: Env): Promise<Program> {
  if (await moved(fresh, home)) return usable(home, env);
  const theirs = await usable(home, env).catch(() => null);
  if (theirs !== null) return theirs;
  await moved(home, join(work, 'broken'));
  await moved(fresh, home);
  return usable(home, env);
}

const moved = (from: string, to: string) =>
  rename(from, to).then(
    () => true,
    () => false,
  );

async function download(into: string, options: PrivateCopyOptions): Promise<void> {
  const timeouts = ['-o', `Acquire::http::Timeout=${answerS}`, '-o', `Acquire::https::Timeout=${answerS}`];
  const apt = (...args: string[]) =>
    run('apt-get', [...timeouts, ...args], { env: options.env, cwd: into, timeoutMs: downloadMs });
  try {
    await apt('download', ...packages);
  } catch (error) {
    // Package lists that are missing (a fresh container) or too old both show here.
    const isRoot = options.root ?? process.getuid?.() === 0;
    const message = (error as Error).message;
    if (message.endsWith('not found')) throw error;
    if (!isRoot) throw new Error(`${message} (“apt-get update” as root may help)`);
    options.log('Redis: refreshing the package lists');
    await apt('update');
    await apt('download', ...packages);
  }
}

/** Rejects unless the copy in that folder really starts here. */
async function usable(home: string, env: Env): Promise<Program> {
  const lib = join(home, 'usr', 'lib');
  const libraries = (await readdir(lib))
    .filter((name) => name.includes('-linux-'))
    .map((name) => join(lib, name));
  const copy = {
    binary: join(home, 'usr', 'bin', 'redis-server'),
    env: { ...env, LD_LIBRARY_PATH: [...libraries, env.LD_LIBRARY_PATH].filter(Boolean).join(':') },
  };
  await run(copy.binary, ['--version'], { env: copy.env, timeoutMs: localMs });
  return copy;
}
