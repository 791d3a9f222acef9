import type { QStashClock } from './clock.ts';
import type { Letter } from './dispatch.ts';
import type { Message } from './message.ts';
import type { NoAnswer, Outcome } from './outcome.ts';
import { send } from './send.ts';

export interface DeliveryOptions {
  readonly clock: QStashClock;
  readonly sign: (message: Message) => Promise<string>;
  /** Ends what is under way. */
  readonly closing: AbortSignal;
}

/** Sends a message once, as QStash does, and waits for the answer no longer than the message says. */
export function createDelivery({ clock, sign, closing }: DeliveryOptions) {
  return async ({ message, retried }: Letter): Promise<Outcome> => {
    const { url, method, header, body, timeoutMs } = message;
    const deadline = new AbortController();
    const stopWaiting = clock.at(clock.now() + timeoutMs, () => deadline.abort());
    try {
      const headers = {
        ...header,
        'user-agent': 'Upstash-QStash',
        'upstash-message-id': message.id,
        'upstash-retried': String(retried),
        'upstash-signature': await sign(message),
        'upstash-caller-ip': message.callerIp,
      };
      return await send({ url, method, headers, body, signal: AbortSignal.any([deadline.signal, closing]) });
    } catch (error) {
      return noAnswer(deadline.signal.aborted ? `none within ${timeoutMs} ms` : (error as Error).message);
    } finally {
      stopWaiting();
    }
  };
}

export const noAnswer = (why: string): NoAnswer => ({ status: 'no answer', why });
