import { sha256, toBase64url, toHex } from '../digest.ts';
import { purgeId } from '../strategy/purge-order.ts';
import type { Verified } from './signature/verify.ts';

/**
 * A purge id, the same for the same event, so that a second delivery does not evict what was refilled since. An id that is not
 * signed counts only together with the body: whoever saw a signed body could else send it under the id of another event,
 * and have that one taken for done. Without an id each delivery is a purge of its own: two equal bodies may be two changes.
 */
export async function purgeIdOf(
  source: string,
  event: Verified['event'],
  body: Uint8Array<ArrayBuffer>,
  random: () => string,
): Promise<string> {
  if (event === null) return purgeId(random());
  const parts = [source, event.id, event.signed ? '' : toHex(await sha256(body))];
  const digest = await sha256(JSON.stringify(parts));
  return purgeId(toBase64url(digest.subarray(0, 24)));
}
