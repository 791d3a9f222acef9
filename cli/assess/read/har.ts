import { z } from 'zod';
import { exit, Failure } from '../../failure.ts';
import type { LogLine } from '../log-line.ts';
import { bounds } from './bounds.ts';
import { type LogBytes, nameOf } from './bytes.ts';
import { HAR } from './formats.ts';
import { har } from './json-formats.ts';
import { readRecord } from './json-record.ts';
import { Log } from './log.ts';

/** An HTTP Archive: one JSON document, which is read as a whole, and whose entries count for lines. */
export class HarLog extends Log {
  readonly #file: string;
  /** Pieces that were read when it was opened. */
  readonly #begun: readonly Uint8Array[];

  constructor(file: string, log: LogBytes, begun: readonly Uint8Array[]) {
    super(file, HAR, log);
    this.#file = file;
    this.#begun = begun;
  }

  async next(each: (line: LogLine) => void): Promise<boolean> {
    const entries = entriesOf(this.#file, await this.#text());
    for (const [at, entry] of entries.entries()) {
      const why =
        typeof entry === 'object' && entry !== null
          ? readRecord(entry, har, this.line, this.told)
          : 'it is not a JSON object';
      if (why === null) {
        this.lines++;
        each(this.line);
      }
      // What an entry says is not shown: it may hold a page's content, and somebody's cookies.
      else this.malformed.add(at + 1, `log.entries[${at}]`, why);
    }
    return false;
  }

  async #text(): Promise<string> {
    const parts = [...this.#begun];
    let bytes = 0;
    for (const { byteLength } of parts) bytes += byteLength;
    for (let piece = await this.log.pieces.next(); !piece.done; piece = await this.log.pieces.next()) {
      parts.push(piece.value);
      bytes += piece.value.byteLength;
      if (bytes > bounds.har) throw new Failure(exit.refused, tooLarge(this.#file));
    }
    return Buffer.concat(parts)
      .toString('utf8')
      .replace(/^\uFEFF/, '');
  }
}

const tooLarge = (file: string): string =>
  `${nameOf(file)} is a HAR file of more than ${bounds.har / 1024 / 1024} MiB: save it without content, or take the access log of a server`;

const Archive = z.object({ log: z.object({ entries: z.array(z.unknown()) }) });

function entriesOf(file: string, text: string): readonly unknown[] {
  const found = Archive.safeParse(jsonOf(text));
  if (!found.success)
    throw new Failure(
      exit.refused,
      `${nameOf(file)} is not a HAR file: it has to be one JSON object with log.entries`,
    );
  return found.data.log.entries;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
