import type { Context } from '../engine/context.ts';
import type { HeldLease } from '../engine/lead.ts';
import { contend, type Grant, release } from '../engine/lease.ts';
import type { Entry } from '../store/wire.ts';
import type { HttpSubject } from './variants.ts';

/**
 * The lease of a part is of the part alone: what has become complete is filled under that of the complete response, but by what the
 * part's own has captured, so that no purge since then is missed. False: another has it, or has filled it since this request
 * looked (`replaces`), and what it stored or will store is newer.
 */
export async function exchangedForComplete(
  context: Context,
  held: HeldLease,
  subject: HttpSubject,
  replaces: Entry | undefined,
): Promise<boolean> {
  const sought = { subject, entry: replaces, lateNames: [] };
  const contended = await contend(context, sought).catch(() => null);
  if (!contended?.grant || !held.grant) return false;
  let { grant } = contended;
  const { lock, token } = grant;
  grant = { ...held.grant, lock, token }; // guard: complete-captured
  if (contended.isFilled) return givenBack(context, grant); // guard: complete-filled
  held.exchange(grant);
  return true;
}

function givenBack(context: Context, grant: Grant): false {
  release(context, grant, 'free');
  return false;
}
