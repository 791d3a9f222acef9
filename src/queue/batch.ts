import { bounds } from '../bounds.ts';
import { QueueError } from './port.ts';

/** One message of a batch, in the words of QStash's REST API: how it is delivered stands in its headers. */
export interface BatchMessage {
  readonly destination: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a request needs of a clock. */
export interface Sleeper {
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * Hands all of them over by `POST /v2/batch`; which of them were taken. One try within our deadline: what the queue does not take at
 * once is applied at once. Rejects with `QueueError`.
 */
export async function sendBatch(
  { url, token }: { readonly url: string; readonly token: string },
  messages: readonly BatchMessage[],
  clock: Sleeper,
): Promise<readonly boolean[]> {
  const abort = new AbortController();
  void clock.sleep(bounds.queueMs, abort.signal).then(() => abort.abort());
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}/v2/batch`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(messages),
      // A redirect may lead anywhere, and would take the token there.
      redirect: 'manual',
      signal: abort.signal,
    });
    if (!response.ok) throw new QueueError('refused');
    const replies: unknown = await response.json();
    return messages.map((_, at) => Array.isArray(replies) && isTaken(replies[at]));
  } catch (error) {
    if (error instanceof QueueError) throw error;
    throw new QueueError(abort.signal.aborted ? 'timeout' : 'unreachable');
  } finally {
    // Ends the sleep, and what is left of an answer that nobody reads.
    abort.abort();
  }
}

/** One that is refused has its error in its place. */
const isTaken = (reply: unknown): boolean =>
  typeof (reply as { readonly messageId?: unknown } | null)?.messageId === 'string';
