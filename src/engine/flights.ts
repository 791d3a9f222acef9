import { BoundedMap } from '../bounded-map.ts';

/**
 * Fetches under way in this isolate. A flight is named by its key *and* by the generations of its declared tags and `last`, as
 * LEASE returned them: a request to which LEASE returned others must not join it, because it began after a purge that the
 * flight did not see. Only fetches are shared, never what polling finds.
 */
export class Flights {
  /** Beyond this bound stands only what was cancelled and never ends. */
  readonly #flights: BoundedMap<string, Flight>;

  constructor(most: number) {
    this.#flights = new BoundedMap(most);
  }

  /** `holder`: of the lock, now. A flight whose lease another has meanwhile may be dead, and is not joined. */
  get<T>(name: string, holder: string | null): Promise<T> | undefined {
    const flight = this.#flights.get(name);
    const isJoined = flight && (flight.token === null || flight.token === holder);
    return isJoined ? (flight.ended as Promise<T>) : undefined;
  }

  /** The leader anchors `ended` in its own `waitUntil`; the last of equal name wins. `token`: of its lease; null: it has none. */
  register(name: string, ended: Promise<unknown>, token: string | null): void {
    const flight = { ended, token };
    this.#flights.set(name, flight);
    const end = () => {
      if (this.#flights.get(name) === flight) this.#flights.delete(name);
    };
    ended.then(end, end);
  }
}

interface Flight {
  readonly ended: Promise<unknown>;
  readonly token: string | null;
}

export function nameFlight(key: string, generations: readonly string[], last: string | null): string {
  const parts = [key];
  parts.push(...generations, last ?? ''); // guard: flight-generations
  return parts.join('\n');
}
