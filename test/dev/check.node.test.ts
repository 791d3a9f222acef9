import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../dev/check/main.ts', import.meta.url));
const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

/** What `npm run check` says of names and imports of a project of these files, its last line apart, and how it ends. */
async function check(files: Readonly<Record<string, string>>) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'stillfresh-check-')));
  folders.push(folder);
  const all = { 'tsconfig.json': '{ "compilerOptions": { "noLib": true }, "include": ["src"] }', ...files };
  for (const [file, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, folder], { encoding: 'utf8' });
  const lines = stdout.trim().split('\n');
  return { status, stderr, sum: lines.pop(), lines };
}

describe('a name', () => {
  const twice = (name: string) => `${name}: src/classes/b.ts:1, src/engine/a.ts:2`;

  it.each([
    ['a function', 'export function served() {}'],
    ['one that is not exported', 'async function served() {}'],
    ['a type', 'type served = string;'],
    ['an interface', 'export interface served {}'],
    ['a class', 'class served {}'],
    ['an enum', 'export enum served {}'],
    ['a const', 'export const served = 1;'],
    ['a let', 'let served = 1, other;'],
    ['a property taken out', 'const { a, b: { c: served } } = {} as any;'],
    ['an element taken out', 'const [, served] = [] as any;'],
    ['an export under another name', 'const a = 1; export { a as served };'],
    ['an export of another file under another name', "export { a as served } from './z.ts';"],
  ])('is defined twice by %s', async (_, code) => {
    const { lines, status } = await check({
      'src/engine/a.ts': `\n${code}\n`,
      'src/classes/b.ts': 'export const served = 0;\n',
    });
    expect(lines).toEqual([twice('served')]);
    expect(status).toBe(1);
  });

  it('is defined twice inside one folder, too', async () => {
    const files = { 'src/http-cache/a.ts': 'let x = 1;\n', 'src/http-cache/deep/b.ts': '// b\nlet x = 1;\n' };
    expect((await check(files)).lines).toEqual(['x: src/http-cache/a.ts:1, src/http-cache/deep/b.ts:2']);
  });

  it.each([
    ['inside a function', 'export function other() { const served = 1; type serves = 1; return served; }'],
    ['in a comment', '/*\nexport const served = 1;\n*/\n// const served = 1;'],
    ['in a string', 'export const other = `\nexport const served = 1;\n`;'],
    ['that is longer', 'export const servedFrom = 1, isserved = 1;'],
    ['of a property that is taken out under another', 'const { served: other } = {} as any;'],
    ['that is imported', "import { served } from '../classes/b.ts';\nserved;"],
    ['that is passed on', "export { served } from '../classes/b.ts';"],
    ['of a member', 'export class Other { served() {} }'],
  ])('is not one that only looks like it: %s', async (_, code) => {
    const files = { 'src/engine/a.ts': `${code}\n`, 'src/classes/b.ts': 'export const served = 0;\n' };
    expect(await check(files)).toMatchObject({ lines: [], status: 0 });
  });

  it('may stand twice in one file, and in other folders', async () => {
    const files = {
      'src/engine/a.ts':
        'function f(a: 1): 1;\nfunction f(a: any) { return a; }\ntype t = 1;\nconst t = 1;\n',
      'src/store/b.ts': 'const f = 1;\n',
      'src/http/c.ts': 'const f = 1;\n',
    };
    expect(await check(files)).toMatchObject({ lines: [], status: 0 });
  });
});

describe('imports', () => {
  it.each([
    ['values', "import { b } from './b.ts';"],
    ['types', "import type { b } from './b.ts';"],
    ['a type in place', "export type A = import('./b.ts').b;"],
    ['effects', "import './b.ts';"],
    ['what is passed on', "export * from './b.ts';"],
    ['what is loaded later', "export const a = () => import('./b.ts');"],
  ])('go round by %s', async (_, code) => {
    const files = { 'src/http/a.ts': code, 'src/http/b.ts': "import '../engine/c.ts';" };
    const circle = 'src/engine/c.ts → src/http/a.ts → src/http/b.ts → src/engine/c.ts';
    expect(await check({ ...files, 'src/engine/c.ts': "import '../http/a.ts';" })).toMatchObject({
      lines: [circle],
      status: 1,
      sum: 'Checked 3 files: 0 names defined twice, 1 circles of imports.',
    });
  });

  it('go round by several ways, each told once and as short as it is', async () => {
    const files = {
      'src/a.ts': "import './b.ts'; import './c.ts';",
      'src/b.ts': "import './a.ts'; import './c.ts';",
      'src/c.ts': "import './b.ts'; import './c.ts';",
    };
    expect((await check(files)).lines).toEqual([
      'src/a.ts → src/b.ts → src/a.ts',
      'src/a.ts → src/c.ts → src/b.ts → src/a.ts',
      'src/b.ts → src/c.ts → src/b.ts',
      'src/c.ts → src/c.ts',
    ]);
  });

  it('do not go round where two ways lead to one file', async () => {
    const files = {
      'src/a.ts': "import './b.ts'; import './c.ts'; // import './a.ts'",
      'src/b.ts': `import './c.ts'; const text = "import './a.ts'";`,
      'src/c.ts': "import 'zod';",
    };
    expect(await check(files)).toMatchObject({ lines: [], status: 0 });
  });
});

it('a file that tsconfig.json leaves out is an error, not nothing', async () => {
  const { status, stderr } = await check({
    'src/a.ts': '',
    'src/engine/b.ts': '',
    'tsconfig.json': '{ "compilerOptions": { "noLib": true }, "files": ["src/a.ts"] }',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('src/engine/b.ts: tsconfig.json leaves it out');
});
