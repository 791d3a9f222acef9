import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { root } from './bundle.ts';

export interface Edits {
  /** Waits for the reload under way, because miniflare hangs when it is ended in the midst of it. */
  stop(): Promise<void>;
}

/** A save in an editor is several events: one reload for them all. */
const SETTLE_MS = 100;

/** Calls `reload` after each edit below these folders of the project, also in folders that are made later; one at a time. */
export function reloadOnEdit(
  reload: () => Promise<void>,
  tops: readonly string[] = ['routes', 'src'],
): Edits {
  const watchers = new Map<string, FSWatcher>();
  let waiting: NodeJS.Timeout | undefined;
  let reloading = Promise.resolve();

  /** Each folder by itself: a recursive watch follows a file that an editor has replaced, and misses the one in its place. */
  const watchAll = () => {
    const folders = new Set(tops.flatMap(foldersUnder));
    for (const [folder, watcher] of watchers)
      if (!folders.has(folder)) {
        watcher.close();
        watchers.delete(folder);
      }
    for (const folder of folders) {
      if (watchers.has(folder)) continue;
      try {
        // One that is gone again says so by an error.
        watchers.set(
          folder,
          watch(folder, changed).on('error', () => {}),
        );
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
  watchAll();
  return {
    async stop() {
      for (const watcher of watchers.values()) watcher.close();
      clearTimeout(waiting);
      await reloading;
    },
  };
}

function foldersUnder(top: string): string[] {
  try {
    const entries = readdirSync(`${root}/${top}`, { recursive: true, withFileTypes: true });
    const inside = entries.filter((it) => it.isDirectory()).map((it) => `${it.parentPath}/${it.name}`);
    return [`${root}/${top}`, ...inside];
  } catch {
    // A folder has gone while it was read: its going is an event of its own.
    return [`${root}/${top}`];
  }
}
