import type { Patience } from '../engine/body.ts';
import type { Context } from '../engine/context.ts';
import { type FetchLabel, loggedPath } from '../engine/notes.ts';
import { callOrigin, type FetchFailure, failed, unusable } from '../engine/origin-call.ts';
import { endToEndOfResponse } from '../http/hop.ts';
import { FieldSet, type HeaderList } from '../http/message.ts';
import { referenceForClients, withoutPrefix } from '../http/prefix.ts';
import type { HttpRoute } from './options.ts';

/** What is sent to the origin. */
export interface OriginRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: ReadableStream<Uint8Array> | null;
}

/** The origin's response, its header section read and its body not. */
export interface OriginResponse {
  readonly is: 'answer';
  readonly status: number;
  readonly statusText: string;
  /** End to end, names in lower case; with a `date`, the origin's or our own. */
  readonly headers: HeaderList;
  readonly fields: FieldSet;
  readonly requestMs: number;
  readonly responseMs: number;
  readonly body: ReadableStream<Uint8Array> | null;
  /** As announced. */
  readonly length: number | undefined;
  /** Meant to be read as it comes, and silent for long: an event stream. */
  readonly isLive: boolean;
}

/** Without a leading slash no URL that we send could be another host's. */
const mustBePath = (target: string) => {
  if (!target.startsWith('/')) throw new TypeError('a target begins with a slash');
};

/** The origin that this route stands before, without a trailing slash. */
export const originUrlOf = ({ isolate }: Context, { origin }: HttpRoute): string =>
  origin ?? isolate.origin.url;

export const labelOf = (context: Context, route: HttpRoute, target: string): FetchLabel => ({
  className: route.cls.name,
  originPath: loggedPath(urlOf(context, route, target)),
});

/** Where a target is asked for. */
const urlOf = (context: Context, route: HttpRoute, target: string) =>
  originUrlOf(context, route) + withoutPrefix(target, route.stripPrefix);

export async function exchange(
  context: Context,
  route: HttpRoute,
  { method, target, headers, body }: OriginRequest,
): Promise<OriginResponse | FetchFailure> {
  const { clock, bounds, origin } = context.isolate;
  mustBePath(target);
  const url = urlOf(context, route, target);
  const requestMs = clock.now();
  // RFC 9110 §9.3.8: whoever sends a TRACE is shown what was sent.
  const sent = [...headers, ...(method === 'TRACE' ? [] : vouched(context, route))] as [string, string][];
  const label = labelOf(context, route, target);
  const response = await callOrigin(
    context,
    label,
    body ? bounds.uploadMs : bounds.originMs,
    async (signal) => {
      const answer = await origin.fetch(url, {
        method,
        headers: sent,
        ...(body && { body }),
        redirect: 'manual',
        // Bytes as the origin sent them: another coding of them would be another representation.
        encodeResponseBody: 'manual',
        signal,
      });
      label.originStatus = answer.status;
      return answer;
    },
  );
  if ('is' in response) return response;
  // RFC 9110 §15.4.5: it answers a condition, and there is nothing else that it could speak of.
  if (response.status === 304 && !asksForNotModified(method, headers)) return failed('304 to no condition');
  const answer = originResponseOf(response, method, requestMs, clock.now());
  return route.stripPrefix === '' || answer.is === 'failed'
    ? answer
    : forClients(context, route, url, answer);
}

/** By which names an answer speaks of the origin's resources: where a prefix is stripped, by its clients' alone. */
export const originsNamed = (context: Context, route: HttpRoute, requestUrl: string) => ({
  requestUrl,
  originUrl: route.stripPrefix === '' ? originUrlOf(context, route) : new URL(requestUrl).origin,
});

function forClients(
  context: Context,
  route: HttpRoute,
  askedUrl: string,
  answer: OriginResponse,
): OriginResponse {
  const { publicUrl } = context.isolate;
  const originUrl = originUrlOf(context, route);
  const known = { askedUrl, originUrl, publicUrl, prefix: route.stripPrefix };
  const headers = answer.headers.map(([name, value]): [string, string] =>
    name === 'location' || name === 'content-location'
      ? [name, referenceForClients(value, known)]
      : [name, value],
  );
  return { ...answer, headers, fields: new FieldSet(headers) };
}

/** RFC 9110 §13.1.2, §13.1.3; QUERY has conditions like theirs. With other methods one that is false is a 412. */
const asksForNotModified = (method: string, headers: HeaderList) =>
  (method === 'GET' || method === 'HEAD' || method === 'QUERY') &&
  headers.some(([name]) => name === 'if-none-match' || name === 'if-modified-since');

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

function originResponseOf(
  response: Response,
  method: string,
  requestMs: number,
  responseMs: number,
): OriginResponse | FetchFailure {
  const refused = unusable(response, false);
  if (refused) return refused;
  const { status, statusText, body } = response;
  const list = endToEndOfResponse(response.headers);
  // RFC 9110 §6.6.1: a recipient with a clock says when it received what has no date.
  const isDated = list.some(([name]) => name === 'date');
  const headers: HeaderList = isDated ? list : [...list, ['date', new Date(responseMs).toUTCString()]];
  const fields = new FieldSet(headers);
  const announced = Number(fields.get('content-length') ?? Number.NaN);
  // RFC 9110 §6.4.1: these have none, whatever is announced.
  const bodyless = method === 'HEAD' || status === 204 || status === 205 || status === 304;
  return {
    is: 'answer',
    status,
    statusText,
    headers,
    fields,
    requestMs,
    responseMs,
    body: bodyless ? null : body,
    length: bodyless || !Number.isSafeInteger(announced) || announced < 0 ? undefined : announced,
    isLive: /^text\/event-stream/i.test(fields.get('content-type') ?? ''),
  };
}

/** How long a body is waited for before any of it is passed on; an event stream is not. */
export const patienceFor = ({ isolate: { bounds } }: Context, { isLive }: OriginResponse): Patience => ({
  bytes: bounds.readFirstBytes,
  ms: isLive ? 0 : bounds.readFirstMs,
});

/** How long it may be silent while it is passed on. */
export const idleMsOf = ({ isolate: { bounds } }: Context, { isLive }: OriginResponse): number =>
  isLive ? bounds.liveIdleMs : bounds.idleMs;
