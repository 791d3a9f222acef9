import { type Notes, startAnew } from '../engine/notes.ts';

/**
 * Notes of work that outlives its request's log line. What it notes after that (a fill refused, a purge lost) is told in
 * a line of its own, when the last of it has ended.
 */
export class DeferredNotes {
  readonly #platform: Pick<ExecutionContext, 'waitUntil'>;
  readonly #notes: Notes;
  readonly #tell: () => void;
  #underWay = 0;
  #isLineWritten: boolean;

  constructor(
    platform: Pick<ExecutionContext, 'waitUntil'>,
    notes: Notes,
    isLineWritten: boolean,
    tell: () => void,
  ) {
    this.#platform = platform;
    this.#notes = notes;
    this.#isLineWritten = isLineWritten;
    this.#tell = tell;
  }

  waitUntil(work: Promise<unknown>): void {
    this.#underWay += 1;
    const ended = () => {
      this.#underWay -= 1;
      this.#tellRest();
    };
    this.#platform.waitUntil(Promise.resolve(work).finally(ended));
  }

  lineWritten(): void {
    this.#isLineWritten = true;
  }

  #tellRest(): void {
    if (this.#underWay > 0 || !this.#isLineWritten || this.#notes.noted.size === 0) return;
    this.#tell();
    startAnew(this.#notes);
  }
}
