import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './bundle.ts';

/**
 * Writes files that are made from others and committed beside them; `check`: changes nothing, and ends with 1 when one is not as `typed` makes it.
 * `files`: the text of each, by its path in the project.
 */
export async function keepGenerated(
  typed: string,
  files: Readonly<Record<string, string>>,
  check: boolean,
): Promise<void> {
  let stale = 0;
  for (const [name, text] of Object.entries(files)) {
    const file = join(root, name);
    const present = await readFile(file, 'utf8').catch(() => null);
    if (present === text) continue;
    if (check) {
      console.error(`${name} is not what '${typed}' makes; run it`);
      stale += 1;
    } else {
      await writeFile(file, text);
      console.log(`wrote ${name}`);
    }
  }
  if (stale > 0) process.exitCode = 1;
  else if (check) console.log(`Checked ${Object.keys(files).length} files: as they are made.`);
}
