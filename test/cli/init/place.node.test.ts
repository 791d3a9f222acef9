import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeRoom } from '../../../cli/init/place.ts';

let root: string;
const write = (file: string, text: string) => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
};
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    cwd: root,
    stdio: 'pipe',
  });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stillfresh-place-'));
  write('routes/index.ts', `import { edge } from '../src/index.ts';\nimport { a } from './a.ts';\n`);
  write('routes/a.ts', `import {\n  b,\n} from '../src/index.ts';\n`);
  write(
    'test/routes/a.test.ts',
    `import { a } from '../../routes/a.ts';\nimport { b } from '../../src/b.ts';\nconst text = \`import '../../routes/a.ts'\`;\n`,
  );
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'a');
});
afterEach(() => rmSync(root, { recursive: true }));

test('the demo makes room, and its tests find it', async () => {
  expect(await makeRoom(root, { force: false })).toMatch(/^the demo is in examples\/demo\/ now/);
  expect(existsSync(join(root, 'routes'))).toBe(false);
  expect(read('examples/demo/routes/index.ts')).toBe(
    `import { edge } from '../../../src/index.ts';\nimport { a } from './a.ts';\n`,
  );
  expect(read('examples/demo/routes/a.ts')).toBe(`import {\n  b,\n} from '../../../src/index.ts';\n`);
  expect(read('test/routes/a.test.ts')).toBe(
    `import { a } from '../../examples/demo/routes/a.ts';\nimport { b } from '../../src/b.ts';\nconst text = \`import '../../routes/a.ts'\`;\n`,
  );
});

test("a team's own routes are written over by --force alone", async () => {
  await makeRoom(root, { force: false });
  write('routes/index.ts', 'own');
  await expect(makeRoom(root, { force: false })).rejects.toThrow(
    /routes\/ holds your own application, .*--force/,
  );
  expect(await makeRoom(root, { force: true })).toBe(null);
  expect(read('routes/index.ts')).toBe('own');
});

test('what is in no commit stays where it is', async () => {
  write('routes/a.ts', 'changed');
  await expect(makeRoom(root, { force: false })).rejects.toThrow(
    /routes\/ has changes that are in no commit \(M routes\/a.ts\); commit them first, or give --force/,
  );
  expect(read('routes/a.ts')).toBe('changed');
});

test('an empty folder needs no room', async () => {
  rmSync(join(root, 'routes'), { recursive: true });
  expect(await makeRoom(root, { force: false })).toBe(null);
});
