import { Receiver, SignatureError } from '@upstash/qstash';
import { bounds } from '../bounds.ts';
import { sha256, toBase64url } from '../digest.ts';
import { type BatchMessage, type Sleeper, sendBatch } from './batch.ts';
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

/** The queue over QStash: its REST API to publish, the official SDK to verify what is delivered. */
export function createQStash(settings: QStashSettings, clock: Sleeper): Queue {
  const { currentSigningKey, nextSigningKey } = settings;
  // `devMode: false`: else a QSTASH_DEV in the environment makes the SDK trust keys that everyone knows.
  const receiver = new Receiver({ devMode: false, currentSigningKey, nextSigningKey });
  /** Which post a report is about stands in its URL, which is signed with it: nothing of the report itself need be believed. */
  const urlOf = (to: Delivery['to'], post?: string) =>
    `${settings.publicUrl}/-/${to}${post === undefined ? '' : `?post=${post}`}`;

  const purgeMessage = async ({ message, delayMs }: Publication): Promise<BatchMessage> => ({
    destination: urlOf('deliveries'),
    headers: {
      ...deliveryHeaders(settings.retries, bounds.deliveryMs, `purge-${message.step}`),
      'content-type': 'application/json',
      'upstash-failure-callback': urlOf('failures'),
      // No deduplication: a second purge of the same tags within its window would be dropped.
      'upstash-flow-control-key': await flowKey(settings.namespace, message),
      'upstash-flow-control-value': `parallelism=${bounds.deliveriesPerTenant}`,
      ...(delayMs > 0 && { 'upstash-delay': inSeconds(delayMs) }),
    },
    body: writeMessage(message),
  });

  const postMessage = ({ id, url, headers, body }: Post): BatchMessage => ({
    destination: url,
    headers: {
      ...deliveryHeaders(Math.min(settings.retries, bounds.alertRetries), bounds.alertMs, 'alert'),
      ...forwarded(headers),
      'upstash-deduplication-id': id,
      'upstash-failure-callback': urlOf('failures', id),
      // A report must not be lost because we are slow for a moment, as the post itself may be.
      'upstash-failure-callback-retries': String(settings.retries),
    },
    body,
  });

  return {
    async publish(publications) {
      const taken = await sendBatch(settings, await Promise.all(publications.map(purgeMessage)), clock);
      if (!taken.every(Boolean)) throw new QueueError('refused');
    },

    post: (posts) => sendBatch(settings, posts.map(postMessage), clock),

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

const inSeconds = (ms: number) => `${Math.ceil(ms / 1000)}s`;

/** How a message is delivered. */
const deliveryHeaders = (retries: number, timeoutMs: number, label: string) => ({
  'upstash-method': 'POST',
  'upstash-retries': String(retries),
  'upstash-retry-delay': RETRY_DELAY,
  'upstash-timeout': inSeconds(timeoutMs),
  'upstash-label': label,
});

/** Headers that the destination is to get. QStash hands `Content-Type` on by itself. */
const forwarded = (headers: Post['headers']) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const lower = name.toLowerCase();
      return [lower === 'content-type' ? lower : `upstash-forward-${lower}`, value];
    }),
  );

/** QStash takes letters, digits and `-_.`, which a tenant's name may not be made of. */
async function flowKey(namespace: string, { order: { whose, tenant } }: Message): Promise<string> {
  const digest = await sha256(JSON.stringify([namespace, whose, tenant]));
  return `purge.${toBase64url(digest.subarray(0, 12))}`;
}
