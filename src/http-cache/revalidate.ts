import type { FetchFailed } from '../classes/origin.ts';
import { purgeWritten } from '../engine/after-write.ts';
import type { Asking } from '../engine/context.ts';
import type { Grant } from '../engine/fill.ts';
import type { HeaderList } from '../http/headers.ts';
import { isCredential } from '../http/request-headers.ts';
import { conditionsFor, confirms, describes } from '../http/validation.ts';
import { varyRule } from '../http/vary.ts';
import type { Entry } from '../store/wire.ts';
import { memoryOf } from './memory.ts';
import { changedAt, type HttpRoute } from './options.ts';
import { type Exchanged, exchange } from './origin.ts';
import { type Asked, sentForAll } from './request.ts';
import { storedOf } from './stored.ts';
import { uriSubject } from './variants.ts';

/** The origin's answer, and the entry that it confirmed, if that was the question. */
export interface Fetched {
  readonly is: 'fetched';
  readonly answer: Exchanged;
  readonly confirmed: Entry | null;
  /** Under `keyed`, the client's fields that the origin was shown: they are in the key, whatever the answer says. */
  readonly names: readonly string[];
}

export interface Known {
  /** Null: nothing is stored, so that a confirmation would be of no use. */
  readonly grant: Grant | null;
  /** The fields that tell the entries of this URI apart, as far as known. */
  readonly rule: readonly string[];
}

/** Twice more at the most: for what a 304 did not mean, and for fields that the origin had not been shown. */
const MOST_TRIES = 2;

/** RFC 9111 §4.3.1: asks whether what is stored still holds, and for the whole where it does not. */
export async function fetchOrValidate(
  asking: Asking,
  route: HttpRoute,
  asked: Asked,
  entry: Entry | undefined,
  { rule, grant }: Known,
): Promise<Fetched | FetchFailed> {
  let held = grant && entry && isUnpurged(entry, grant) ? entry : null;
  let names = rule;
  for (let tries = 0; ; tries += 1) {
    const conditions: HeaderList = held ? conditionsFor(storedOf(held).fields) : [];
    const headers = [...sentForAll(asked, route, names), ...conditions];
    const answer = await exchange(asking, route, {
      ...{ method: 'GET', target: asked.target, headers, body: null },
    });
    if (answer.is === 'failed') return answer;
    // A person's credentials are always shown.
    const shown = (name: string) => route.inputs === 'all' || names.includes(name) || isCredential(name);
    const keyedBy = route.inputs === 'all' ? [] : names;
    if (answer.status === 304) {
      if (!held) return { is: 'failed', code: 'origin-failed', why: '304 to no condition' };
      if (confirms(answer.fields, storedOf(held).fields))
        return { is: 'fetched', answer, confirmed: held, names: keyedBy };
      // It speaks of something that is not stored: the whole is asked for.
      held = null;
      continue;
    }
    const missed = unshown(answer, asked, shown);
    if (missed.length === 0 || tries >= MOST_TRIES)
      return { is: 'fetched', answer, confirmed: null, names: keyedBy };
    // It depends on what it was not shown.
    await answer.body?.cancel().catch(() => {});
    names = [...names, ...missed];
    const uri = await uriSubject(asking, route, asked.target);
    memoryOf(asking.isolate).keepRule(uri.names.key, [...names].sort());
  }
}

/** RFC 9111 §4.3.5: the answer to a HEAD confirms what is stored where it describes the same representation; where another, it is purged. */
export async function fetchHead(
  asking: Asking,
  route: HttpRoute,
  asked: Asked,
  entry: Entry | undefined,
  { rule, grant }: Known,
): Promise<Fetched | FetchFailed> {
  const headers = sentForAll(asked, route, rule);
  const answer = await exchange(asking, route, {
    ...{ method: 'HEAD', target: asked.target, headers, body: null },
  });
  if (answer.is === 'failed') return answer;
  const held = grant && entry?.status === 200 && isUnpurged(entry, grant) ? entry : null;
  const described =
    answer.status === 200 && held ? describes(answer.fields, storedOf(held).fields, held.length) : 'unknown';
  // It has changed, and nobody has said so.
  if (described === 'other') await purgeWritten(asking, changedAt(route, [asked.target]), []);
  const names = route.inputs === 'all' ? [] : rule;
  return { is: 'fetched', answer, confirmed: described === 'same' ? held : null, names };
}

/** Not purged since it was filled, or only softly, as the lease found it: a purge may be of more than a tag shows. */
function isUnpurged(entry: Entry, { captured }: Grant): boolean {
  const hard = (generation: string | undefined) => generation?.split('.')[0];
  for (const [name, filled] of entry.generations) {
    if (hard(captured.get(name)) !== hard(filled)) return false; // guard: http-validate
  }
  return true;
}

function unshown({ fields }: Exchanged, asked: Asked, shown: (name: string) => boolean): string[] {
  const rule = varyRule(fields.get('vary'));
  return rule === '*' ? [] : rule.filter((name) => !shown(name) && asked.selecting.has(name));
}
