import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkout, root, run } from './dev-command.ts';

const folder = 'src/console/static';
const textOf = (name: string) => readFile(join(root, folder, name), 'utf8');

/** The project, with one more rule in the console's stylesheet. */
async function edited() {
  const copy = checkout({
    [`${folder}/console.css`]: `${await textOf('console.css')}\nhr {\n  margin: 0;\n}\n`,
  });
  onTestFinished(() => copy.remove());
  const statics = (...args: string[]) =>
    run(process.execPath, ['dev/statics/main.ts', ...args], { cwd: copy.cwd });
  return { copy, statics };
}

test('--check finds, by name, what is not made of the stylesheet as it is now, and changes nothing', async () => {
  const { copy, statics } = await edited();
  const command = statics('--check');
  expect((await command.ended).code).toBe(1);
  expect(command.said).toEqual([`${folder}/console.min.css is not what 'npm run statics' makes; run it`]);
  expect(await readFile(join(copy.cwd, folder, 'console.min.css'), 'utf8')).toBe(
    await textOf('console.min.css'),
  );
});

test('It is made without comments and white space, and only where it has changed', async () => {
  const { copy, statics } = await edited();
  const command = statics();
  expect((await command.ended).code).toBe(0);
  expect(command.said).toEqual([`wrote ${folder}/console.min.css`]);
  const made = await readFile(join(copy.cwd, folder, 'console.min.css'), 'utf8');
  expect(made).toContain('}hr{margin:0}');
  expect(made).not.toContain('/*');
  expect((await statics('--check').ended).code).toBe(0);
});
