import { Client, Receiver, SignatureError } from '@upstash/qstash';
import { bounds } from '../bounds.ts';
import { sha256, toBase64url } from '../digest.ts';
import { type Message, type Publication, writeMessage } from './message.ts';
import { type Delivery, type Post, type Queue, QueueError } from './port.ts';

export interface QStashSettings {
  readonly url: string;
  readonly token: string;
  readonly currentSigningKey: string;
  readonly nextSigningKey: string;
  /** Where this deployment is reached; without a trailing slash. */
  readonly publicUrl: string;
  readonly retries: number;
  /** First part of flow-control keys, so that deployments that share a QStash account do not share a limit. */
  readonly namespace: string;
}

/**
 * Milliseconds before each next try, by the number of tries before: 1 s, 4 s, 16 s, 64 s, then 2 minutes. QStash's own
 * delays (12 s, 2 min, 30 min, 6 h) would leave stale data for an afternoon because of a hiccup.
 */
const RETRY_DELAY = 'min(120000, 1000 * pow(4, retried))';

/** Tolerance, without which a delivery that is a moment early by our clock would be refused until its next retry. */
const CLOCKS_DIFFER_S = bounds.clockToleranceMs / 1000;

/** What the queue needs of a clock. */
interface Sleeper {
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The queue over QStash. */
export function createQStash(settings: QStashSettings, clock: Sleeper): Queue {
  const client = new Client({
    devMode: false,
    baseUrl: settings.url,
    token: settings.token,
    enableTelemetry: false,
    // One try within our deadline: what the queue does not take at once is applied at once.
    retry: false,
  });
  const { currentSigningKey, nextSigningKey } = settings;
  // `devMode: false`: else a QSTASH_DEV in the environment makes the SDK trust keys that everyone knows.
  const receiver = new Receiver({ devMode: false, currentSigningKey, nextSigningKey });
  /** Which post a report is about stands in its URL, which is signed with it: nothing of the report itself need be believed. */
  const urlOf = (to: Delivery['to'], post?: string) =>
    `${settings.publicUrl}/-/${to}${post === undefined ? '' : `?post=${post}`}`;

  const requestOf = async ({ message, delayMs }: Publication) => ({
    url: urlOf('deliveries'),
    failureCallback: urlOf('failures'),
    headers: { 'Content-Type': 'application/json' },
    body: writeMessage(message),
    retries: settings.retries,
    retryDelay: RETRY_DELAY,
    timeout: Math.ceil(bounds.deliveryMs / 1000),
    label: `purge-${message.step}`,
    // No deduplication by content: a second purge of the same tags within its window would be dropped.
    flowControl: { key: await flowKey(settings.namespace, message), parallelism: bounds.deliveriesPerTenant },
    ...(delayMs > 0 && { delay: Math.ceil(delayMs / 1000) }),
  });

  /** The SDK forwards each header, under `Upstash-Forward-…`. */
  const postRequest = ({ id, url, headers, body }: Post) => ({
    ...{ url, body },
    deduplicationId: id,
    failureCallback: urlOf('failures', id),
    // A report must not be lost because we are slow for a moment, as the post itself may be.
    headers: { ...headers, 'Upstash-Failure-Callback-Retries': String(settings.retries) },
    retries: Math.min(settings.retries, bounds.alertRetries),
    retryDelay: RETRY_DELAY,
    timeout: Math.ceil(bounds.alertMs / 1000),
    label: 'alert',
  });

  return {
    async publish(publications) {
      const requests = await Promise.all(publications.map(requestOf));
      const replies = await withinDeadline(client.batch(requests), clock);
      if (replies.length === requests.length && replies.every(isTaken)) return;
      throw new QueueError('refused');
    },

    async post(posts) {
      const replies = await withinDeadline(client.batch(posts.map(postRequest)), clock);
      return posts.map((_, i) => isTaken(replies[i]));
    },

    async isAuthentic({ to, post, signature, body }) {
      if (signature === null || signature.length > bounds.tokenBytes) return false;
      try {
        return await receiver.verify({
          signature,
          body,
          url: urlOf(to, post),
          clockTolerance: CLOCKS_DIFFER_S,
        });
      } catch (error) {
        // A TypeError is the SDK's, at a token that is well signed and lacks a claim.
        if (error instanceof SignatureError || error instanceof TypeError) return false;
        throw error;
      }
    },
  };
}

const isTaken = (reply: unknown): boolean =>
  typeof (reply as { readonly messageId?: unknown } | null)?.messageId === 'string';

/** The SDK takes no signal; its errors hold the answer's text, so only their kind goes on. */
async function withinDeadline<T extends object>(publishing: Promise<T>, clock: Sleeper): Promise<T> {
  const done = new AbortController();
  try {
    const replies = await Promise.race([publishing, clock.sleep(bounds.queueMs, done.signal)]);
    if (replies) return replies;
  } catch (error) {
    const answered = error instanceof Error && error.name.startsWith('Qstash');
    throw new QueueError(answered ? 'refused' : 'unreachable');
  } finally {
    done.abort();
  }
  throw new QueueError('timeout');
}

/** QStash takes letters, digits and `-_.`, which a tenant's name may not be made of. */
async function flowKey(namespace: string, { order: { whose, tenant } }: Message): Promise<string> {
  const digest = await sha256(JSON.stringify([namespace, whose, tenant]));
  return `purge.${toBase64url(digest.subarray(0, 12))}`;
}
