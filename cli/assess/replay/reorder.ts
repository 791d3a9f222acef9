import { blankEvent, type ReplayEvent } from './event.ts';
import { merge, sortByTime, type Timed } from './time-order.ts';

/**
 * Brings events into the order of their times; at equal times of their logs, then as they came. It holds `capacity` of them: when it is full, the
 * first half goes on, so that one may come as many others too late as half of it has room for. What comes later still is taken at the time that
 * has been reached, and counted.
 */
export class Reorder {
  /** Events that came too late to be put in their place. */
  late = 0;
  readonly #emit: (event: ReplayEvent) => void;
  readonly #capacity: number;
  readonly #event = blankEvent();
  #reachedMs = Number.NEGATIVE_INFINITY;

  /** Places of what is held: first what was sorted already, then what has come since. */
  #order: Int32Array;
  #spare: Int32Array;
  #sorted = 0;
  #held = 0;
  /** Places that are free again, a stack; those from `#fresh` up were never taken. */
  readonly #free: Int32Array;
  #freed = 0;
  #fresh = 0;

  readonly #timed: Timed;
  /** keyLo, keyHi, pathLo, pathHi, route, etag, keyLength, isWrite. */
  readonly #words: Int32Array;
  readonly #bytes: Float64Array;
  readonly #duration: Float32Array;

  constructor(capacity: number, emit: (event: ReplayEvent) => void) {
    this.#capacity = capacity;
    this.#emit = emit;
    this.#order = new Int32Array(capacity);
    this.#spare = new Int32Array(capacity);
    this.#free = new Int32Array(capacity);
    this.#timed = { timeMs: new Float64Array(capacity), source: new Int32Array(capacity) };
    this.#words = new Int32Array(8 * capacity);
    this.#bytes = new Float64Array(capacity);
    this.#duration = new Float32Array(capacity);
  }

  push(event: ReplayEvent): void {
    if (this.#held === this.#capacity) this.#release(Math.ceil(this.#capacity / 2));
    const place = this.#freed > 0 ? this.#free[--this.#freed]! : this.#fresh++;
    this.#order[this.#held++] = place;
    this.#timed.timeMs[place] = event.timeMs;
    this.#timed.source[place] = event.source;
    this.#bytes[place] = event.bytes;
    this.#duration[place] = event.durationMs;
    const words = this.#words;
    const at = 8 * place;
    words[at] = event.keyLo;
    words[at + 1] = event.keyHi;
    words[at + 2] = event.pathLo;
    words[at + 3] = event.pathHi;
    words[at + 4] = event.route;
    words[at + 5] = event.etag;
    words[at + 6] = event.keyLength;
    words[at + 7] = Number(event.isWrite);
  }

  /** There is nothing more to come. */
  end(): void {
    this.#release(this.#held);
  }

  #release(count: number): void {
    sortByTime(this.#order, this.#sorted, this.#held, this.#spare, this.#timed);
    merge(this.#order, this.#spare, 0, this.#sorted, this.#held, this.#timed);
    [this.#order, this.#spare] = [this.#spare, this.#order];
    for (let at = 0; at < count; at++) this.#send(this.#order[at]!);
    // In reverse: the stack gives back what lies side by side in the order in which it lies.
    for (let at = count - 1; at >= 0; at--) this.#free[this.#freed++] = this.#order[at]!;
    this.#order.copyWithin(0, count, this.#held);
    this.#held -= count;
    this.#sorted = this.#held;
  }

  #send(place: number): void {
    const event = this.#event;
    const words = this.#words;
    const at = 8 * place;
    event.timeMs = this.#timed.timeMs[place]!;
    if (event.timeMs < this.#reachedMs) {
      this.late++;
      event.timeMs = this.#reachedMs;
    }
    this.#reachedMs = event.timeMs;
    event.bytes = this.#bytes[place]!;
    event.durationMs = this.#duration[place]!;
    event.keyLo = words[at]!;
    event.keyHi = words[at + 1]!;
    event.pathLo = words[at + 2]!;
    event.pathHi = words[at + 3]!;
    event.route = words[at + 4]!;
    event.etag = words[at + 5]!;
    event.keyLength = words[at + 6]!;
    event.source = this.#timed.source[place]!;
    event.isWrite = words[at + 7] === 1;
    this.#emit(event);
  }
}
