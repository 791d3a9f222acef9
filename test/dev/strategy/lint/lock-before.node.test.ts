import { expect, test } from 'vitest';
import { lockText } from '../../../../dev/lock/file.ts';
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

test('a damaged lock is refused, and a folder without git has none committed', async () => {
  expect(() => lockBefore(null, '<<<<<<<')).toThrow("strategy.lock.json is not what 'npm run lock' writes");
  expect(await committedLock('/')).toBeNull();
});
