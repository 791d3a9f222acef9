import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { AssessedFile } from '../../../../../cli/assess/assessment.ts';
import type { LogLine } from '../../../../../cli/assess/log-line.ts';
import { openLogs } from '../../../../../cli/assess/read/open-log.ts';

export interface ReadLog extends AssessedFile {
  readonly all: readonly LogLine[];
  readonly tells: number;
}

/** Reads bytes as a log that comes on standard input, in pieces of `piece` bytes. */
export async function readAll(
  content: string | Uint8Array,
  { format, piece = 65_536 }: { format?: string; piece?: number } = {},
): Promise<ReadLog> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; at += piece) pieces.push(bytes.subarray(at, at + piece));
  const [log] = await openLogs(['-'], { format, stdin: Readable.from(pieces) });
  const all: LogLine[] = [];
  while (await log!.next((line) => all.push({ ...line })));
  const { tells } = log!;
  await log!.close();
  return { ...log!.report(), all, tells };
}

/** Runs `use` with the path of a file that holds this. */
export async function withFile<T>(
  content: string | Uint8Array,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'stillfresh-log-'));
  try {
    const path = join(folder, 'access.log');
    await writeFile(path, content);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const utc = (text: string): number => Date.parse(text);
