import { type FetchFailed, failureOf } from '../classes/origin.ts';
import type { Context } from '../engine/context.ts';
import type { Body } from '../engine/stream.ts';
import type { HeaderList } from '../http/headers.ts';
import { endToEndOfResponse } from '../http/hop.ts';
import { FieldSet } from '../http/message.ts';
import type { HttpRoute } from './options.ts';

/** What is sent to the origin. */
export interface OriginRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: ReadableStream<Uint8Array> | null;
}

/** The origin's answer, its header section read and its body not. */
export interface OriginResponse extends Body {
  readonly is: 'answer';
  readonly status: number;
  readonly statusText: string;
  /** End to end, names in lower case; with a `date`, the origin's or our own. */
  readonly headers: HeaderList;
  readonly fields: FieldSet;
  readonly requestMs: number;
  readonly responseMs: number;
}

/** Without a leading slash no URL that we send could be another host's. */
const mustBePath = (target: string) => {
  if (!target.startsWith('/')) throw new TypeError('a target begins with a slash');
};

/** The origin that this route stands before, without a trailing slash. */
export const originOf = ({ isolate }: Context, { origin }: HttpRoute) => origin ?? isolate.origin.url;

export async function exchange(
  context: Context,
  route: HttpRoute,
  { method, target, headers, body }: OriginRequest,
): Promise<OriginResponse | FetchFailed> {
  const { isolate, notes } = context;
  const { clock, bounds } = isolate;
  mustBePath(target);
  const abort = new AbortController();
  const deadlineMs = body ? bounds.uploadMs : bounds.originMs;
  const requestMs = clock.now();
  notes.originRequests += 1;
  try {
    const fetching = isolate.origin.fetch(originOf(context, route) + target, {
      method,
      // RFC 9110 §9.3.8: whoever asks for a TRACE is shown what was sent.
      headers: [...headers, ...(method === 'TRACE' ? [] : vouched(context, route))] as [string, string][],
      ...(body && { body }),
      redirect: 'manual',
      // Bytes as the origin sent them: another coding of them would be another representation.
      encodeResponseBody: 'manual',
      signal: abort.signal,
    });
    const response = await Promise.race([fetching, clock.sleep(deadlineMs).then(() => null)]);
    if (response === null) {
      abort.abort();
      fetching.catch(() => {});
      return { is: 'failed', code: 'origin-timeout', why: `no answer in ${deadlineMs} ms` };
    }
    return answerOf(response, method, requestMs, clock.now());
  } catch (error) {
    return failureOf(error);
  } finally {
    notes.originMs += clock.now() - requestMs;
  }
}

/**
 * What the edge itself vouches for, the same for every request, so that nothing of it need be in a key: under which name it
 * is reached, where the settings say so; and, to the setting's own origin, the edge's secret.
 */
function vouched({ isolate: { origin: own, publicUrl } }: Context, { origin }: HttpRoute): HeaderList {
  const secret: HeaderList = origin === undefined ? [['x-origin-secret', own.secret]] : [];
  if (publicUrl === undefined) return secret;
  const { host, protocol } = new URL(publicUrl);
  return [...secret, ['x-forwarded-host', host], ['x-forwarded-proto', protocol.slice(0, -1)]];
}

function answerOf(
  response: Response,
  method: string,
  requestMs: number,
  responseMs: number,
): OriginResponse | FetchFailed {
  const { status, statusText, body } = response;
  // RFC 9110 §15: others have no meaning, and the platform cannot answer with them.
  if (status < 200 || status > 599 || response.webSocket) {
    body?.cancel().catch(() => {});
    return { is: 'failed', code: 'origin-failed', why: `status ${status}` };
  }
  const list = endToEndOfResponse(response.headers);
  // RFC 9110 §6.6.1: a recipient with a clock says when it received what has no date.
  const dated = list.some(([name]) => name === 'date');
  const headers: HeaderList = dated ? list : [...list, ['date', new Date(responseMs).toUTCString()]];
  const fields = new FieldSet(headers);
  const announced = Number(fields.get('content-length') ?? Number.NaN);
  // RFC 9110 §6.4.1: these have none, whatever is announced.
  const bodyless = method === 'HEAD' || status === 204 || status === 205 || status === 304;
  return {
    ...{ is: 'answer', status, statusText, headers, fields, requestMs, responseMs },
    body: bodyless ? null : body,
    length: bodyless || !Number.isSafeInteger(announced) || announced < 0 ? undefined : announced,
    live: /^text\/event-stream/i.test(fields.get('content-type') ?? ''),
  };
}
