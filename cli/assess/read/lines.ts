import { bounds } from './bounds.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const MARK = '\xef\xbb\xbf';

/**
 * Cuts bytes into lines, each byte a character (Latin-1): nothing is lost that way, and it costs a tenth of UTF-8. What belongs together of a line is
 * held up to `bounds.line`, and of a longer one the beginning alone.
 */
export class Lines {
  /** Lines that were begun. */
  count = 0;
  readonly #onLine: (text: string) => void;
  readonly #onLongLine: (beginning: string) => void;
  /** Of the line that goes on in the next piece. */
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(onLine: (text: string) => void, onLongLine: (beginning: string) => void) {
    this.#onLine = onLine;
    this.#onLongLine = onLongLine;
  }

  push(piece: Uint8Array): void {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    let start = 0;
    if (this.#heldBytes > 0) {
      const end = bytes.indexOf(NEWLINE);
      this.#hold(bytes.subarray(0, end < 0 ? bytes.length : end));
      if (end < 0) return;
      this.#release();
      start = end + 1;
    }
    const last = bytes.lastIndexOf(NEWLINE);
    if (last >= start) this.#cut(bytes.toString('latin1', start, last + 1));
    this.#hold(bytes.subarray(Math.max(start, last + 1)));
  }

  /** What is held is the last line, which has no newline. */
  end(): void {
    if (this.#heldBytes > 0) this.#release();
  }

  #cut(text: string): void {
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf('\n', start);
      this.#give(text, start, end);
      start = end + 1;
    }
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.#heldBytes <= bounds.line)
      this.#held.push(Buffer.from(bytes.subarray(0, bounds.line + 1 - this.#heldBytes)));
    this.#heldBytes += bytes.length;
  }

  #release(): void {
    const text = Buffer.concat(this.#held).toString('latin1');
    this.#held = [];
    this.#heldBytes = 0;
    this.#give(text, 0, text.length);
  }

  #give(text: string, start: number, end: number): void {
    let from = start;
    let to = end;
    if (this.count === 0 && text.startsWith(MARK, from)) from += MARK.length;
    this.count++;
    if (text.charCodeAt(to - 1) === RETURN && to > from) to--;
    // A machine that went down leaves blocks of NUL where its file grew.
    while (text.charCodeAt(from) === 0 && from < to) from++;
    if (to - from <= bounds.line) this.#onLine(text.slice(from, to));
    else this.#onLongLine(text.slice(from, from + bounds.exampleText));
  }
}
