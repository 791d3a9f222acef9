import { Client, Receiver } from '@upstash/qstash';
import { onTestFinished, vi } from 'vitest';
import { type QStash, type QStashOptions, startQStash } from '../../../dev/qstash/server.ts';
import { type ManualClock, manualClock } from './qstash-clock.ts';
import { type Answer, type Arrival, type Endpoint, startEndpoint } from './qstash-endpoint.ts';

export interface QStashWorld {
  readonly qstash: QStash;
  readonly clock: ManualClock;
  readonly client: Client;
  readonly endpoint: Endpoint;
  /** Goes on in time by so much, from one event to the next, each with all that it sets off. */
  pass(ms: number): Promise<void>;
}

export interface QStashWorldOptions extends Omit<QStashOptions, 'clock'> {
  /** What the destination answers. Default: 200. */
  readonly answer?: (arrival: Arrival) => Answer | Promise<Answer>;
}

/** A QStash with the official client and one destination for one test, whose time passes when the test says so. */
export async function qstashWorld({ answer, ...options }: QStashWorldOptions = {}): Promise<QStashWorld> {
  const clock = manualClock(Date.now());
  const qstash = await startQStash({ clock, signedAt: Date.now, ...options });
  onTestFinished(() => qstash.close());
  const endpoint = await startEndpoint(answer ?? (() => ({ status: 200 })));
  onTestFinished(() => endpoint.close());
  return {
    qstash,
    clock,
    client: clientOf(qstash),
    endpoint,
    async pass(ms) {
      const end = clock.now() + ms;
      await qstash.idle();
      while (clock.next !== undefined && clock.next <= end) {
        clock.advance(clock.next - clock.now());
        await qstash.idle();
      }
      clock.advance(end - clock.now());
    },
  };
}

export function clientOf({ url, token }: Pick<QStash, 'url' | 'token'>): Client {
  return new Client({ baseUrl: url, token, devMode: false, retry: false });
}

export function receiverOf({ current, next }: QStash['signingKeys']): Receiver {
  return new Receiver({ currentSigningKey: current, nextSigningKey: next, devMode: false });
}

/** The SDK writes what it throws to the console, too. */
export function hushed(): void {
  const spies = [
    vi.spyOn(console, 'error').mockReturnValue(undefined),
    vi.spyOn(console, 'warn').mockReturnValue(undefined),
  ];
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
}
