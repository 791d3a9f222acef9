import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LOCK_FILE, type Lock, readLock } from '../../lock/file.ts';

/** Well more than it takes to read one file. */
const GIT_MS = 10_000;

/**
 * The lock that what is deployed was made with, as far as this folder tells: as it was last committed, so that `npm run lock` does not
 * make a change unseen; where git does not have it, `present`, the file as it is. Throws `Refusal` for one that is damaged.
 */
export async function lockBefore(root: string, present: string | null): Promise<Lock> {
  const committed = await promisify(execFile)('git', ['show', `HEAD:./${LOCK_FILE}`], {
    ...{ cwd: root, timeout: GIT_MS },
  }).then(
    ({ stdout }) => stdout,
    () => null,
  );
  return readLock(committed ?? present);
}
