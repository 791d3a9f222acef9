import { BoundedMap } from '../bounded-map.ts';

/**
 * Fetches under way in this isolate. A flight is named by its key *and* by the generations of its declared tags and `last`, as
 * LEASE returned them: a request to which LEASE returned others must not join it, because it began after a purge that the
 * flight did not see. Only fetches are shared, never what polling finds.
 */
export class Flights {
  /** Beyond this bound stands only what was cancelled and never ends. */
  readonly #flights: BoundedMap<string, Promise<unknown>>;

  constructor(most: number) {
    this.#flights = new BoundedMap(most);
  }

  get<T>(name: string): Promise<T> | undefined {
    return this.#flights.get(name) as Promise<T> | undefined;
  }

  /** The leader anchors `flight` in its own `waitUntil`; the last of equal name wins. */
  register(name: string, flight: Promise<unknown>): void {
    this.#flights.set(name, flight);
    const end = () => {
      if (this.#flights.get(name) === flight) this.#flights.delete(name);
    };
    flight.then(end, end);
  }
}

export function nameFlight(key: string, generations: readonly string[], last: string | null): string {
  const parts = [key];
  parts.push(...generations, last ?? ''); // guard: flight-generations
  return parts.join('\n');
}
