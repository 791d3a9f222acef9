import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { reloadOnEdit } from '../../dev/reload.ts';

const FILE = 'routes/api/deep/a.ts';

/** A project that is watched; `taken`: what the file held when it was last taken up. */
function watched() {
  const folder = mkdtempSync(join(tmpdir(), 'stillfresh-reload-'));
  const at = (path: string) => join(folder, path);
  const write = (text: string, file = FILE) => {
    mkdirSync(dirname(at(file)), { recursive: true });
    writeFileSync(at(file), text);
  };
  write('at first');
  write('at first', 'src/index.ts');
  let taken = '';
  const edits = reloadOnEdit(
    async () => {
      taken = readFileSync(at(FILE), 'utf8');
    },
    ['routes', 'src'],
    folder,
  );
  onTestFinished(async () => {
    await edits.stop();
    rmSync(folder, { recursive: true });
  });
  return { at, write, taken: () => taken };
}

it.each<[string, (at: (path: string) => string, write: (text: string, file?: string) => void) => void]>([
  ['a file is written', (_, write) => write('one')],
  [
    'a folder is removed and made again, as git does',
    (at, write) => {
      rmSync(at('routes/api'), { recursive: true });
      write('one');
    },
  ],
  [
    'routes/ itself is removed and made again',
    (at, write) => {
      rmSync(at('routes'), { recursive: true });
      write('one');
    },
  ],
  [
    'another folder takes its place',
    (at, write) => {
      write('one', 'other/api/deep/a.ts');
      renameSync(at('routes'), at('before'));
      renameSync(at('other'), at('routes'));
    },
  ],
  [
    'src/ is made again beside it',
    (at, write) => {
      rmSync(at('src'), { recursive: true });
      write('two', 'src/index.ts');
      write('one');
    },
  ],
])('%s: it is taken up, and so is the next edit', async (_, change) => {
  const { at, write, taken } = watched();
  change(at, write);
  await expect.poll(taken, { timeout: 10_000 }).toBe('one');
  write('next');
  await expect.poll(taken, { timeout: 10_000 }).toBe('next');
});
