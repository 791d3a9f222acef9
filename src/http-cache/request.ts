import { isCredential } from '../http/credentials.ts';
import type { HeaderList } from '../http/message.ts';
import { FieldSet } from '../http/message.ts';
import {
  asksForMore,
  noDirectives,
  type RequestDirectives,
  requestDirectives,
} from '../http/request-directives.ts';
import { endToEnd, fieldsOf, hasAuthorization, isCondition } from '../http/request-headers.ts';
import { type Credentials, isAnonymous } from '../http/storing.ts';
import { targetOf } from '../http/target.ts';
import type { HttpRoute } from './options.ts';

/** A client's request as the cache reads it: everything that decides is here, and nothing of it is read elsewhere. */
export interface ClientRequest {
  readonly method: string;
  /** The client's own URL. */
  readonly url: string;
  /** Path and query, as keyed and as sent. */
  readonly target: string;
  readonly fields: FieldSet;
  /** What may go on to the origin. */
  readonly headers: HeaderList;
  /** The same by name: a field that the origin is never shown selects nothing, whatever a client says in it. */
  readonly selecting: FieldSet;
  readonly credentials: Credentials;
  readonly anonymous: boolean;
  /** RFC 9111 §5.2.1: those that count on this route. */
  readonly directives: RequestDirectives;
  /** It has directives that this route ignores. */
  readonly isIgnored: boolean;
  /** Never that of a GET or HEAD, which could change an answer and is in no key. */
  readonly body: ReadableStream<Uint8Array> | null;
}

export function clientRequestOf(request: Request, { honours }: HttpRoute): ClientRequest {
  const { method, url, headers } = request;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const fields = fieldsOf(headers);
  const given = requestDirectives(fields);
  let sent: HeaderList | undefined;
  let selecting: FieldSet | undefined;
  const credentials = { authorization: hasAuthorization(fields), cookie: fields.has('cookie') };
  return {
    method,
    url,
    target: targetOf(url),
    fields,
    // Most hits need neither.
    get headers() {
      sent ??= endToEnd(headers, { hasBody });
      return sent;
    },
    get selecting() {
      selecting ??= new FieldSet(this.headers);
      return selecting;
    },
    credentials,
    anonymous: isAnonymous(credentials),
    directives: honours ? given : noDirectives,
    isIgnored: !honours && asksForMore(given),
    body: hasBody ? request.body : null,
  };
}

/**
 * The request that refreshes what others are given: a GET, because a HEAD would only describe it, and under `keyed` without
 * the credentials that are not in the key, with which nothing would be stored.
 */
export function requestForAll(
  request: ClientRequest,
  { inputs }: HttpRoute,
  rule: readonly string[],
): ClientRequest {
  const asGet = { ...request, method: 'GET' };
  if (inputs === 'all' || request.anonymous) return asGet;
  const headers = request.headers.filter(([name]) => !isCredential(name) || rule.includes(name));
  const fields = new FieldSet(headers);
  const credentials = { authorization: hasAuthorization(fields), cookie: fields.has('cookie') };
  return { ...asGet, headers, fields, selecting: fields, credentials, anonymous: isAnonymous(credentials) };
}

/** RFC 9110 §7.6.3; those before the cache are named only where their names cannot come into an answer for all. */
const VIA = '1.1 stillfresh';
const via = ['via', VIA] as const;

/** All that may be sent, conditions and ranges too: for an answer that goes to this client only. */
export function headersUnshared({ fields, headers }: ClientRequest): HeaderList {
  const before = fields.get('via');
  return [...headers, before === null ? via : ['via', `${before}, ${VIA}`]];
}

/** `keyed`: of a request only what `names` allows, its conditions, and a person's credentials. */
const shown = ({ headers }: ClientRequest, { inputs }: HttpRoute, names: readonly string[]): HeaderList =>
  inputs === 'all'
    ? headers
    : headers.filter(([name]) => names.includes(name) || isCredential(name) || isCondition(name));

/** For an answer that goes to this client only, though a request like it may be answered for all. */
export const headersOfRead = (
  request: ClientRequest,
  route: HttpRoute,
  names: readonly string[],
): HeaderList => (route.inputs === 'all' ? headersUnshared(request) : [...shown(request, route, names), via]);

/** For an answer that others may be given: without the client's own conditions. */
export const headersForAll = (
  request: ClientRequest,
  route: HttpRoute,
  names: readonly string[],
): HeaderList => [...shown(request, route, names).filter(([name]) => !isCondition(name)), via];
