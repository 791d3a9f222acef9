import { collect } from '../engine/body.ts';
import { type Context, within } from '../engine/context.ts';
import { countFetch } from '../engine/count-fetch.ts';
import { type FetchLabel, newNotes, noteFailure } from '../engine/notes.ts';
import { parseCacheControl } from '../http/cache-control.ts';
import type { Identity } from '../identity/identity.ts';
import type { Send } from './load.ts';
import { readSource } from './source.ts';
import type { ClassSubject } from './subject.ts';

/*
 * For development alone: signs that an answer is one person's, of a class that gives it to many. The origin's own words are
 * no rule here, as they are in the HTTP cache: the class says who may read. That it says so in error shows in production only
 * when one person sees what is another's.
 */

/** Notes what an answer says of itself that the class does not heed. */
export function hintOf(
  { isolate, notes }: Context,
  { cls, className }: ClassSubject,
  label: FetchLabel,
  { ok, headers }: Response,
): void {
  const sign = !isolate.colleagues || cls.scope === 'user' || !ok ? null : signIn(headers);
  if (sign === null) return;
  const all = cls.scope === 'public' ? 'everybody' : 'every user of the tenant';
  const says = `the origin says ${sign}, and ${className} gives its answer to ${all}; if it is one user's, set scope: 'user'`;
  noteFailure(notes, label, { note: 'looks-personal', says });
}

/** The same for each request of a fetch. */
export const hinting =
  (context: Context, subject: ClassSubject, label: FetchLabel) =>
  (send: Send): Send =>
  async (path, init) => {
    const response = await send(path, init);
    hintOf(context, subject, label, response);
    return response;
  };

function signIn(headers: Headers): string | null {
  const directives = parseCacheControl(headers.get('Cache-Control'));
  const directive = ['private', 'no-store'].find((it) => directives.has(it));
  if (directive) return `Cache-Control: ${directive}`;
  return headers.has('Set-Cookie') ? 'Set-Cookie, which is dropped' : null;
}

/**
 * Asks once more as a colleague, where it is this class's turn, and notes where he is answered otherwise than all are. What a loader does
 * besides reading nobody knows: it is run only for whoever asks.
 */
export function askAsColleague(context: Context, subject: ClassSubject, bytes: Uint8Array): void {
  const { cls, owner, className, load } = subject;
  const isAsked = owner && !load && cls.scope === 'tenant';
  const colleague = isAsked && context.isolate.colleagues?.forTurn(className, owner);
  if (colleague) context.waitUntil(compare(context, subject, owner, colleague, bytes));
}

async function compare(
  context: Context,
  subject: ClassSubject,
  owner: Identity,
  colleague: Identity,
  bytes: Uint8Array,
): Promise<void> {
  const { className, cls } = subject;
  const theirs = await answerTo(context, subject, colleague);
  if (theirs === null || isSame(theirs, bytes)) return;
  // Whom the origin refuses an access rule may refuse too; without one he is given what another's fetch has stored.
  if (typeof theirs === 'number' && cls.access !== 'tenant') return;
  // What differs for the one who asked, too, differs by time or by chance.
  const again = await answerTo(context, subject, owner);
  if (again === null || !isSame(again, bytes)) return;
  const so = typeof theirs === 'number' ? `with status ${theirs}` : 'otherwise';
  const says = `the origin answers another user of the tenant ${so}, and ${className} gives its answer to every user of the tenant; if it is one user's, set scope: 'user'`;
  noteFailure(context.notes, { className }, { note: 'differs-by-user', says });
}

/** The body of a 200, or another status; null: no answer. */
async function answerTo(
  { isolate }: Context,
  subject: ClassSubject,
  owner: Identity,
): Promise<Uint8Array | number | null> {
  // Not the request's own notes: what is asked for its sake alone is counted there.
  const asking = { isolate, notes: newNotes() };
  const label: FetchLabel = { className: subject.className };
  countFetch(asking, subject.className, 'hint', true);
  const answer = await readSource(asking, { ...subject, owner }, label);
  if (answer.is === 'failed') return null;
  const { clock, bounds } = isolate;
  const bytes = await within(clock, bounds.originMs, collect(answer, subject.cls.maxBytes), null);
  if (answer.status !== 200) return answer.status;
  return bytes instanceof Uint8Array ? bytes : null;
}

const isSame = (answer: Uint8Array | number, bytes: Uint8Array): boolean =>
  typeof answer !== 'number' && answer.length === bytes.length && answer.every((it, i) => it === bytes[i]);
