import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCK_FILE, lockText } from '../../../../dev/lock/file.ts';
import { committedLock, lockBefore } from '../../../../dev/strategy/lint/lock-before.ts';
import { entryOf, report } from './definitions.ts';

const lockOfVersion = (version: number) => lockText([entryOf(report({ version }))]);
const versionIn = (...texts: Parameters<typeof lockBefore>) => lockBefore(...texts).get('report')?.version;

test.each([
  ['the lock as it was committed, whatever has been written since', lockOfVersion(1), lockOfVersion(2), 1],
  ['the lock as it is, where git does not have it', null, lockOfVersion(2), 2],
  ['the lock as it is, where the committed one is damaged', '<<<<<<<', lockOfVersion(2), 2],
  ['nothing, where there is none', null, null, undefined],
])('a class is compared with %s', (_, committed, present, version) => {
  expect(versionIn(committed, present)).toBe(version);
});

test('a damaged lock is refused', () => {
  expect(() => lockBefore(null, '<<<<<<<')).toThrow("strategy.lock.json is not what 'npm run lock' writes");
});

describe('a folder of git', () => {
  let folder: string;
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], { cwd: folder });
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lock-'));
    git('init', '--quiet');
    for (const text of ['one', 'two']) {
      await writeFile(join(folder, LOCK_FILE), text);
      git('add', '.');
      git('commit', '--quiet', '--message', text);
    }
    await writeFile(join(folder, LOCK_FILE), 'not committed');
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('has the lock of its last commit, and of the one that is named', async () => {
    expect(await committedLock(folder, undefined)).toBe('two');
    expect(await committedLock(folder, 'HEAD~1')).toBe('one');
  });

  test.each(['nowhere', '--output=a', 'HEAD:a'])('refuses %s, which is no commit', async (since) => {
    await expect(committedLock(folder, since)).rejects.toThrow(
      `--since "${since}": git knows no such commit here; fetch it, or name another`,
    );
  });
});

test('a folder without git has none committed', async () => {
  expect(await committedLock('/', undefined)).toBeNull();
  await expect(committedLock('/', 'main')).rejects.toThrow('git knows no such commit here');
});
