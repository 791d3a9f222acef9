import type { Note, Notes } from '../engine/notes.ts';

/**
 * Notes of work that outlives its request's log line. What it notes after that (a fill refused, a purge lost) is told in
 * a line of its own, when the last of it has ended.
 */
export class DeferredNotes {
  readonly #platform: Pick<ExecutionContext, 'waitUntil'>;
  readonly #noted: Notes['noted'];
  readonly #tell: (late: readonly Note[]) => void;
  #underWay = 0;
  /** How many notes are in the log; undefined until the request's line is written. */
  #told: number | undefined;

  constructor(
    platform: Pick<ExecutionContext, 'waitUntil'>,
    { noted }: Pick<Notes, 'noted'>,
    tell: (late: readonly Note[]) => void,
  ) {
    this.#platform = platform;
    this.#noted = noted;
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

  /** `told`: how many notes it has. */
  lineWritten(told: number): void {
    this.#told = told;
  }

  #tellRest(): void {
    if (this.#underWay > 0 || this.#told === undefined) return;
    const late = [...this.#noted].slice(this.#told);
    this.#told = this.#noted.size;
    if (late.length > 0) this.#tell(late);
  }
}
