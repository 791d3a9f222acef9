import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { quote } from '../../../src/strategy/strategy-error.ts';
import { LOCK_FILE, type Lock, readLock } from '../../lock/file.ts';
import { Refusal } from '../../refusal.ts';
import { gitBounds } from './bounds.ts';

/** The lock as git has it at a commit, which a name such as `origin/main` stands for; null: it is not there. Throws `Refusal` for a name that git does not know. */
export async function committedLock(folder: string, since: string | undefined): Promise<string | null> {
  const git = (...args: string[]) =>
    promisify(execFile)('git', args, { cwd: folder, ...gitBounds }).then(
      ({ stdout }) => stdout,
      () => null,
    );
  const commit = `${since ?? 'HEAD'}^{commit}`;
  const id = await git('rev-parse', '--verify', '--quiet', '--end-of-options', commit);
  if (id !== null) return git('show', `${id.trim()}:./${LOCK_FILE}`);
  if (since === undefined) return null;
  throw new Refusal(`--since ${quote(since)}: git knows no such commit here; fetch it, or name another`);
}

/**
 * What a changed class is compared with: the lock as it was last committed, so that `npm run lock` does not hide a change, else as it is
 * in the folder. Empty: there is none. Throws `Refusal` for one that is damaged.
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
