import type { Note, Notes } from '../engine/notes.ts';

/**
 * Notes of work that outlives its request's log line. What it notes after that (a fill refused, a purge lost) is told in
 * a line of its own, when the last of it has ended.
 */
export class DeferredNotes {
  readonly #platform: Pick<ExecutionContext, 'waitUntil'>;
  readonly #events: Notes['events'];
  readonly #tell: (late: readonly Note[]) => void;
  #underWay = 0;
  /** How many notes are in the log; undefined until the request's line is written. */
  #told: number | undefined;

  constructor(
    platform: Pick<ExecutionContext, 'waitUntil'>,
    { events }: Pick<Notes, 'events'>,
    tell: (late: readonly Note[]) => void,
  ) {
    this.#platform = platform;
    this.#events = events;
    this.#tell = tell;
  }

  waitUntil(work: Promise<unknown>): void {
    this.#underWay += 1;
    const ended = () => {
      this.#underWay -= 1;
      this.#tellRest();
    };
    this.#platform.waitUntil(work.finally(ended));
  }

  lineWritten(): void {
    this.#told = this.#events.size;
  }

  #tellRest(): void {
    if (this.#underWay > 0 || this.#told === undefined) return;
    const late = [...this.#events].slice(this.#told);
    this.#told = this.#events.size;
    if (late.length > 0) this.#tell(late);
  }
}
