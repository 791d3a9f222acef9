import { purgeId } from '../strategy/purge-order.ts';

/** What a purge id is made of: the source, and how its sender calls the event. */
export interface EventId {
  readonly id: string;
  /** Whether the signature covers it. */
  readonly signed: boolean;
}

/**
 * The same id for the same event, so that a second delivery does not evict what was refilled since. An id that is not
 * signed counts only together with the body: whoever saw a signed body could else send it under the id of another event,
 * and have that one taken for done. Without an id each delivery is a purge of its own: two equal bodies may be two changes.
 */
export async function purgeIdOf(
  source: string,
  event: EventId | null,
  body: Uint8Array<ArrayBuffer>,
  random: () => string,
): Promise<string> {
  if (event === null) return purgeId(random());
  const parts = [source, event.id, event.signed ? '' : await hex(body)];
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(parts)));
  return purgeId(new Uint8Array(digest, 0, 24).toBase64({ alphabet: 'base64url', omitPadding: true }));
}

const hex = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex();
