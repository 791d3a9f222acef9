import type { LogLine } from '../log-line.ts';
import { bounds } from './bounds.ts';
import type { LogBytes } from './bytes.ts';
import type { LineFormat } from './formats.ts';
import { Lines } from './lines.ts';
import { Log } from './log.ts';

/** A log with a request in each line. */
export class LineLog extends Log {
  readonly #format: LineFormat;
  /** Pieces that were read when it was opened. */
  readonly #begun: Uint8Array[];
  readonly #cutter: Lines;
  #each: (line: LogLine) => void = () => {};

  constructor(file: string, format: LineFormat, log: LogBytes, begun: readonly Uint8Array[]) {
    super(file, format.name, log);
    this.#format = format;
    this.#begun = [...begun];
    this.#cutter = new Lines(
      (text) => this.#take(text),
      (beginning) =>
        this.malformed.add(this.#cutter.count, beginning, `it is longer than ${bounds.line / 1024} KiB`),
    );
  }

  async next(each: (line: LogLine) => void): Promise<boolean> {
    this.#each = each;
    const begun = this.#begun.shift();
    const { done, value } = begun ? { done: false as const, value: begun } : await this.log.pieces.next();
    if (done) this.#cutter.end();
    else this.#cutter.push(value);
    return !done;
  }

  #take(text: string): void {
    const why = text === '' ? 'it is empty' : this.#format.read(text, this.line, this.told);
    if (why === null) {
      this.lines++;
      this.#each(this.line);
    } else this.malformed.add(this.#cutter.count, text, why);
  }
}
