import type { AssessedFile } from '../assessment.ts';
import type { LogLine } from '../log-line.ts';
import type { LogSource } from '../source.ts';
import { blankLine } from './blank-line.ts';
import type { LogBytes } from './bytes.ts';
import type { Told } from './json-record.ts';
import { Malformed } from './malformed.ts';

/** What all logs have, of whatever format. */
export abstract class Log implements LogSource {
  protected readonly line = blankLine();
  protected readonly told: Told = { signs: 0 };
  protected readonly malformed = new Malformed();
  protected lines = 0;
  readonly #file: string;
  readonly #format: string;
  protected readonly log: LogBytes;

  constructor(file: string, format: string, log: LogBytes) {
    this.#file = file;
    this.#format = format;
    this.log = log;
  }

  abstract next(each: (line: LogLine) => void): Promise<boolean>;

  get bytesRead(): number {
    return this.log.bytesRead();
  }

  get bytes(): number | null {
    return this.log.bytes;
  }

  get tells(): number {
    return this.told.signs;
  }

  report(): AssessedFile {
    const { count, examples } = this.malformed;
    return { file: this.#file, format: this.#format, lines: this.lines, malformed: count, examples };
  }

  close(): Promise<void> {
    return this.log.close();
  }
}
