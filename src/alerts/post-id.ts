import { sha256, toBase64url } from '../digest.ts';
import type { Channel, Notification } from './state.ts';

/** What a receiver knows a notification by, however often it comes. No other deployment, and no other change, has it: it holds nothing that a header or a URL could not. */
export async function messageIdOf(
  namespace: string,
  { id }: Pick<Notification, 'id'>,
  channel: Channel,
): Promise<string> {
  const digest = await sha256(JSON.stringify([namespace, id, channel]));
  return `alert_${toBase64url(digest.subarray(0, 18))}`;
}

/** What the queue knows it by: what it has given up it must take as another, which it would not under an id that it took lately. */
export const postIdOf = (messageId: string, { round }: Pick<Notification, 'round'>): string =>
  round === 0 ? messageId : `${messageId}.${round}`;
