import type { Readable } from 'node:stream';
import { exit, Failure } from '../../failure.ts';
import type { LogSource } from '../source.ts';
import { bounds } from './bounds.ts';
import { type LogBytes, openBytes } from './bytes.ts';
import { HAR, type LineFormat } from './formats.ts';
import { HarLog } from './har.ts';
import { LineLog } from './line-log.ts';
import { Lines } from './lines.ts';
import { formatCalled, sniff } from './sniff.ts';

export interface OpenOptions {
  /** One of `FORMAT_NAMES`, of all logs alike. Default: each is recognised by its first lines. */
  readonly format?: string | undefined;
  /** What `-` stands for; default: the process's. */
  readonly stdin?: Readable;
}

/**
 * Opens logs, and says what format each has before any is read as a whole. Rejects with a `Failure` where one cannot be opened or recognised; those that
 * were opened are then closed again.
 */
export async function openLogs(
  files: readonly string[],
  { format, stdin = process.stdin }: OpenOptions = {},
): Promise<readonly LogSource[]> {
  if (files.length > bounds.logs)
    throw new Failure(
      exit.refused,
      `${files.length} files are more than the ${bounds.logs} that are read side by side; put them together: zcat -f FILE… | npm run assess -- -`,
    );
  if (files.filter((it) => it === '-').length > 1)
    throw new Failure(exit.refused, 'standard input (-) can be read once');
  const pieceBytes = Math.max(
    bounds.smallestPiece,
    Math.min(bounds.piece, Math.floor(bounds.allPieces / Math.max(1, files.length))),
  );
  const named = format === undefined ? undefined : formatCalled(format);
  const opened: LogSource[] = [];
  try {
    for (const file of files) opened.push(await openLog(file, named, pieceBytes, stdin));
  } catch (error) {
    await Promise.all(opened.map((it) => it.close()));
    throw error;
  }
  return opened;
}

async function openLog(
  file: string,
  named: LineFormat | typeof HAR | undefined,
  pieceBytes: number,
  stdin: Readable,
): Promise<LogSource> {
  const bytes = await openBytes(file, pieceBytes, stdin);
  try {
    const { begun, lines } = named ? { begun: [], lines: [] } : await beginningOf(bytes, pieceBytes);
    const format = named ?? sniff(file, lines);
    return format === HAR ? new HarLog(file, bytes, begun) : new LineLog(file, format, bytes, begun);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/** As many pieces as hold the lines that a format is recognised by: they are held until the log is read. */
async function beginningOf(
  { pieces }: LogBytes,
  pieceBytes: number,
): Promise<{ begun: Uint8Array[]; lines: string[] }> {
  const begun: Uint8Array[] = [];
  const lines: string[] = [];
  const note = (text: string) => {
    if (lines.length < bounds.sample) lines.push(text);
  };
  const cutter = new Lines(note, note);
  const isEnough = (held: number) => held >= (lines.length > 0 ? pieceBytes : bounds.piece);
  for (let held = 0; lines.length < bounds.sample && !isEnough(held); ) {
    const { done, value } = await pieces.next();
    if (done) break;
    begun.push(value);
    held += value.byteLength;
    cutter.push(value);
  }
  // The last line may be cut off here, and counts for little then; of a log of one line it is all that there is.
  if (lines.length < bounds.sample) cutter.end();
  return { begun, lines };
}
