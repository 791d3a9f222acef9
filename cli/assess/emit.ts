import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { exit, Failure } from '../failure.ts';
import { strategyStub } from '../init/stub.ts';
import { printable } from '../text.ts';
import type { Assessment } from './assessment.ts';

const FILE = 'strategy.ts';
const project = fileURLToPath(new URL('../..', import.meta.url));
const library = join(project, 'src/index.ts');
const biome = join(project, 'node_modules/@biomejs/biome/bin/biome');

/** Rejects with a `Failure` where a file would be written over. */
export async function refuseToEmit(folder: string): Promise<void> {
  const file = join(folder, FILE);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere)
    throw new Failure(exit.refused, `--emit: ${file} is there already; name another folder, or give --force`);
}

/** Writes data classes for the routes that are worth caching. Resolves with what was done, in words. */
export async function emit(folder: string, { routes }: Assessment): Promise<string> {
  const path = relative(folder, library).split(sep).join('/');
  const { text, classes, beyond, leftOut } = strategyStub(routes, path.startsWith('.') ? path : `./${path}`);
  if (text === null)
    throw new Failure(exit.notDone, '--emit: no route is worth caching, so nothing is written');
  const file = resolve(folder, FILE);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(file, text);
    // One that is within the project has its form, so that npm run check passes.
    await promisify(execFile)(process.execPath, [biome, 'format', '--write', file], { cwd: project }).catch(
      () => undefined,
    );
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Failure(exit.refused, `--emit: ${file} cannot be written (${code ?? message})`);
  }
  const without = leftOut.map(({ route, why }) => `  left out: ${printable(route)}: ${why}\n`).join('');
  const rest =
    beyond === 0
      ? ''
      : `  left out: ${beyond} routes with fewer requests, beyond the ${classes} classes of one strategy\n`;
  return `wrote ${file}: ${classes === 1 ? '1 data class' : `${classes} data classes, each`} in shadow mode; lines marked GAP are yours\n${without}${rest}`;
}
