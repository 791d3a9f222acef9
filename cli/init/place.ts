import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';
import { promisify } from 'node:util';
import { exit, Failure } from '../failure.ts';

/** Where the demo goes, and its tests find it from then on. */
const DEMO = 'examples/demo/routes';

const isThere = (path: string) =>
  readdir(path).then(
    () => true,
    () => false,
  );

/**
 * Makes room in `routes/`: the demo, which stands there at first, moves to `examples/demo/`, and what imports it follows. What is already the team's
 * own is replaced by `force` alone. Resolves with what was done, in words.
 */
export async function makeRoom(root: string, { force }: { readonly force: boolean }): Promise<string | null> {
  const routes = join(root, 'routes');
  if (!(await isThere(routes)) || (await readdir(routes)).length === 0) return null;
  if (await isThere(join(root, DEMO))) {
    if (force) return null;
    throw new Failure(
      exit.refused,
      'routes/ holds your own application, from which the demo has made room before; --force writes over its files of the same names',
    );
  }
  await refuseUncommitted(root, force);
  await move(root, routes, join(root, DEMO));
  return `the demo is in ${posix.dirname(DEMO)}/ now, and its tests look for it there`;
}

/** What is in no commit cannot be had back. */
async function refuseUncommitted(root: string, force: boolean): Promise<void> {
  if (force) return;
  const status = await promisify(execFile)('git', ['status', '--porcelain', '--', 'routes'], {
    cwd: root,
  }).then(
    ({ stdout }) => stdout,
    () => '',
  );
  if (status.trim() !== '')
    throw new Failure(
      exit.refused,
      `routes/ has changes that are in no commit (${status.trim().split('\n')[0]!.trim()}); commit them first, or give --force`,
    );
}

async function move(root: string, from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { recursive: true });
  await rm(from, { recursive: true });
  for (const file of globSync('**/*.ts', { cwd: to }))
    await rewrite(join(to, file), (path) =>
      posix.relative(posix.dirname(posix.join(DEMO, file)), posix.join(dirOf(file), path)),
    );
  for (const file of globSync('test/**/*.ts', { cwd: root })) {
    const inRoutes = (path: string) => posix.join(posix.dirname(file), path).startsWith('routes/');
    const moved = (path: string) =>
      posix.relative(
        posix.dirname(file),
        posix.join(DEMO, relative('routes', posix.join(posix.dirname(file), path))),
      );
    await rewrite(join(root, file), (path) => (inRoutes(path) ? moved(path) : path));
  }
}

const dirOf = (file: string) => posix.dirname(posix.join('routes', file));

/** Relative imports, by another path; those within the folder stay as they are. */
async function rewrite(file: string, pathOf: (path: string) => string): Promise<void> {
  const before = await readFile(file, 'utf8');
  const after = before.replace(
    /^((?:import |export |\} )[^\n]*from) '(\.\.\/[^'\n]+)'/gm,
    (_, word: string, path: string) => {
      const changed = pathOf(path);
      return `${word} '${changed.startsWith('.') ? changed : `./${changed}`}'`;
    },
  );
  if (after !== before) await writeFile(file, after);
}
