/** Far more than the bulkhead lets fly: what is beyond it was cancelled and never lands. */
const MOST = 1_000;

/**
 * Fetches under way in this isolate. A flight is named by its key *and* the generations that its lease captured: a
 * request whose own lease returned others must not join it, because it began after a purge that the flight did not
 * see. Only fetches are shared, never what waiting finds.
 */
export class Flights {
  readonly #flights = new Map<string, Promise<unknown>>();

  get<T>(name: string): Promise<T> | undefined {
    return this.#flights.get(name) as Promise<T> | undefined;
  }

  /** The leader keeps `flight` alive with its own `waitUntil`; the last of equal name wins. */
  start(name: string, flight: Promise<unknown>): void {
    this.#flights.delete(name);
    this.#flights.set(name, flight);
    if (this.#flights.size > MOST) this.#flights.delete(this.#flights.keys().next().value!);
    const end = () => {
      if (this.#flights.get(name) === flight) this.#flights.delete(name);
    };
    flight.then(end, end);
  }
}

export function flightName(key: string, generations: readonly string[], last: string | null): string {
  const parts = [key];
  parts.push(...generations, last ?? ''); // guard: flight-generations
  return parts.join('\n');
}
