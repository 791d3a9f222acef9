import { discard } from '../engine/body.ts';
import type { Context } from '../engine/context.ts';
import { countAgain } from '../engine/count-fetch.ts';
import type { FetchFailure } from '../engine/origin-call.ts';
import { isCredential } from '../http/credentials.ts';
import type { HeaderList } from '../http/message.ts';
import { varyRule } from '../http/vary.ts';
import { memoryOf } from './memory.ts';
import type { HttpRoute } from './options.ts';
import { exchange, type OriginResponse } from './origin.ts';
import type { ClientRequest } from './request.ts';
import { namesOfUri } from './variants.ts';

/** The origin's answer to a GET or HEAD. */
export interface OriginRead {
  readonly is: 'read';
  readonly answer: OriginResponse;
  /** Under `keyed`, the client's fields that the origin was shown: they are in the key, whatever the answer says. */
  readonly names: readonly string[];
}

interface PlannedRead {
  readonly route: HttpRoute;
  readonly request: ClientRequest;
  readonly method: string;
  /** The fields that tell the entries of this URI apart, as far as known. */
  readonly rule: readonly string[];
  /** What is sent where the origin is shown these. */
  readonly headersBy: (names: readonly string[]) => HeaderList;
  /** This fetch has asked before. */
  readonly isFurther?: boolean;
}

/**
 * Every GET and HEAD of the origin, for all or for one client. Under `keyed` only its answer says what it depends on: what
 * was not shown to it is shown then, and it is asked again, so that nobody is given another's variant.
 */
export async function readOrigin(
  context: Context,
  { route, request, method, rule, headersBy, isFurther = false }: PlannedRead,
): Promise<OriginRead | FetchFailure> {
  const { target } = request;
  const isKeyed = route.inputs === 'keyed';
  const memory = memoryOf(context.isolate);
  const uriKey = isKeyed ? (await namesOfUri(context, route, target)).key : '';
  let names = isKeyed ? [...new Set([...rule, ...memory.shown(uriKey)])] : [];
  for (let tries = 0; ; tries += 1) {
    const headers = headersBy(names);
    if (isFurther || tries > 0) countAgain(context, route.cls.name);
    const answer = await exchange(context, route, { method, target, headers, body: null });
    if (answer.is === 'failed') return answer;
    const missed =
      isKeyed && tries < context.isolate.bounds.furtherTries ? notShown(answer, request, names) : [];
    if (missed.length === 0) return { is: 'read', answer, names };
    discard(answer.body);
    names = [...names, ...missed];
    memory.setShown(uriKey, names);
  }
}

/** Fields that select this answer and that the origin was not shown; a person's credentials always are. */
function notShown({ fields }: OriginResponse, request: ClientRequest, names: readonly string[]): string[] {
  const rule = varyRule(fields.get('vary'));
  if (rule === '*') return [];
  return rule.filter((name) => !names.includes(name) && !isCredential(name) && request.selecting.has(name));
}
