import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { root } from './bundle.ts';

export interface Edits {
  /** Waits for the reload under way, because miniflare hangs when it is ended in the midst of it. */
  stop(): Promise<void>;
}

/** A save in an editor is several events: one reload for them all. */
const SETTLE_MS = 100;

interface Watched {
  /** A folder that is made again under its name is another one, which its watcher does not see. */
  readonly which: string;
  readonly watcher: FSWatcher;
}

/** Calls `reload` after each edit below these folders of the project, also in folders that are made later; one at a time. */
export function reloadOnEdit(
  reload: () => Promise<void>,
  tops: readonly string[] = ['routes', 'src'],
  folder = root,
): Edits {
  const watched = new Map<string, Watched>();
  let waiting: NodeJS.Timeout | undefined;
  let reloading = Promise.resolve();

  /** Each folder by itself: a recursive watch follows a file that an editor has replaced, and misses the one in its place. */
  const watchAll = () => {
    const paths = tops.flatMap((top) => foldersUnder(`${folder}/${top}`));
    const folders = new Map(paths.map((path) => [path, whichFolder(path)]));
    for (const [path, { which, watcher }] of watched)
      if (folders.get(path) !== which) {
        watcher.close();
        watched.delete(path);
      }
    for (const [path, which] of folders) {
      if (which === null || watched.has(path)) continue;
      try {
        // One that is gone again says so by an error.
        watched.set(path, { which, watcher: watch(path, changed).on('error', () => {}) });
      } catch {}
    }
  };
  const changed = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      // Before the files are read: what changes afterwards is an event.
      watchAll();
      reloading = reloading.then(reload);
    }, SETTLE_MS);
  };
  // Where they are made again. Nothing else in it is looked at.
  const ofTops = watch(folder, (_, name) => {
    if (name === null || tops.includes(name)) changed();
  }).on('error', () => {});
  watchAll();
  return {
    async stop() {
      ofTops.close();
      for (const { watcher } of watched.values()) watcher.close();
      clearTimeout(waiting);
      await reloading;
    },
  };
}

/** Null: it has gone. An inode's number alone may be given away again at once. */
function whichFolder(path: string): string | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.birthtimeNs}` : null;
}

function foldersUnder(top: string): string[] {
  try {
    const entries = readdirSync(top, { recursive: true, withFileTypes: true });
    const inside = entries.filter((it) => it.isDirectory()).map((it) => `${it.parentPath}/${it.name}`);
    return [top, ...inside];
  } catch {
    // A folder has gone while it was read: its going is an event of its own.
    return [top];
  }
}
