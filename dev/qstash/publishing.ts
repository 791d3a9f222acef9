import * as z from 'zod';
import { bounds } from './bounds.ts';
import type { QStashClock } from './clock.ts';
import type { Courier } from './courier.ts';
import { createDeduplication, deduplicationKey } from './deduplication.ts';
import { messageOf, type Publication } from './message.ts';
import { Refused } from './refused.ts';
import { parseJson } from './wire.ts';

export interface Published {
  readonly messageId: string;
  readonly deduplicated?: true;
}

export interface Publishing {
  one(publication: Publication): Published;
  /** Each by itself: what is refused has its error in its place, and the others are published. */
  batch(body: Buffer, callerIp: string): readonly (Published | { readonly error: string })[];
}

export interface PublishingOptions {
  readonly clock: QStashClock;
  readonly courier: Courier;
  readonly mostRetries: number;
}

const batchSchema = z.array(
  z.object({
    destination: z.string(),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.string().default(''),
    queue: z.string().optional(),
  }),
);

export function createPublishing({ clock, courier, mostRetries }: PublishingOptions): Publishing {
  const published = createDeduplication();

  return {
    one,
    batch(body, callerIp) {
      return parseJson(batchSchema, body, 400).map(({ destination, headers, body, queue }) => {
        const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
        try {
          return one({
            destination,
            headers: Object.fromEntries(lower),
            body: Buffer.from(body),
            queue,
            callerIp,
          });
        } catch (error) {
          if (error instanceof Refused) return { error: error.message };
          throw error;
        }
      });
    },
  };

  function one(publication: Publication): Published {
    const now = clock.now();
    const message = messageOf(publication, { now, mostRetries });
    const key = deduplicationKey(publication.headers, message);
    const earlier = key === undefined ? undefined : published.find(key, now);
    if (earlier !== undefined) return { messageId: earlier, deduplicated: true };
    if (courier.pending.size >= bounds.pending) throw new Refused(429, 'too many messages are on their way');
    if (key !== undefined) published.remember(key, message.id, now);
    courier.accept(message);
    return { messageId: message.id };
  }
}
