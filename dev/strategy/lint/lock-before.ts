import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LOCK_FILE, type Lock, readLock } from '../../lock/file.ts';
import { Refusal } from '../../refusal.ts';
import { gitBounds } from './bounds.ts';

/** The lock as it was last committed; null: git does not have it. */
export const committedLock = (folder: string): Promise<string | null> =>
  promisify(execFile)('git', ['show', `HEAD:./${LOCK_FILE}`], { cwd: folder, ...gitBounds }).then(
    ({ stdout }) => stdout,
    () => null,
  );

/**
 * What a changed class is compared with: the lock as it was last committed, so that `npm run lock` does not hide a change, else as it is
 * in the folder. Null: there is none. Throws `Refusal` for one that is damaged.
 */
export function lockBefore(committed: string | null, present: string | null): Lock {
  try {
    return readLock(committed ?? present);
  } catch (error) {
    // It may be what is being mended.
    if (error instanceof Refusal) return readLock(present);
    throw error;
  }
}
