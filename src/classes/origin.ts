import { discard } from '../engine/body.ts';
import type { Origin } from '../engine/context.ts';
import { type FetchLabel, loggedPath } from '../engine/notes.ts';
import { type FetchFailure, failed, unreadable, unusable } from '../engine/origin-call.ts';
import { type EntityTag, parseEntityTag } from '../http/etag.ts';
import { isLeftOut, passedHeaders, storableHeaders } from '../http/headers.ts';
import { type HeaderList, listOf } from '../http/message.ts';
import { tagsNamedBy } from '../http/tags.ts';
import type { Identity } from '../identity/identity.ts';
import type { DataClass } from '../strategy/types.ts';

/** What the origin, or a loader, gave. */
export interface OriginAnswer {
  readonly is: 'answer';
  readonly status: number;
  readonly headers: HeaderList;
  /** Headers that the class passes on were left out, as too large. */
  readonly isCut?: boolean;
  /** The origin's, if it sent one that can be stored. */
  readonly etag: EntityTag | null;
  /** Tags named by the answer, raw. */
  readonly tags: readonly string[];
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
  /** As announced; unknown otherwise. */
  readonly length: number | undefined;
}

/** Sends a request to the origin as this owner, and labels the fetch with its path: the last that was asked, or has failed. Rejects when the network fails. */
export async function requestOrigin(
  origin: Origin,
  label: FetchLabel,
  owner: Identity | null,
  path: string,
  init: RequestInit,
): Promise<Response> {
  // Anything else would make another host of it, such as `@elsewhere`, and show that host the secret.
  if (!path.startsWith('/')) throw new TypeError("a path at the origin begins with '/'");
  const headers = new Headers(init.headers);
  headers.set('X-Origin-Secret', origin.secret);
  if (owner) {
    headers.set('X-Tenant-Id', owner.tenant);
    headers.set('X-User-Id', owner.user);
  }
  const url = origin.url + path;
  const asked = loggedPath(url);
  label.originPath = asked;
  label.originStatus = undefined;
  let response: Response | undefined;
  try {
    response = await origin.fetch(url, { ...init, headers, redirect: 'manual' });
    return response;
  } finally {
    // A loader may have asked for others meanwhile.
    if (!response?.ok) label.originPath = asked;
    if (label.originPath === asked) label.originStatus = response?.status;
  }
}

/** It does not accept the edge: the caller, whom the edge has verified, can do nothing about it. */
const refusesTheEdge = (status: number) => status === 401 || status === 407;

/** RFC 9110 §8.4.1: what the platform takes off where it stands alone and is spelled so; the field stays. */
const takenOff = ['gzip', 'br'];

const isRedirect = (status: number) => status >= 300 && status < 400;

/**
 * 5xx, a refusal of the edge itself and a 304, which nobody asked for, are failures, and redirects where a value is wanted:
 * they are never followed, because the secret and the identity would go along. Every other status is the origin's answer.
 */
export function originAnswerOf(
  response: Response,
  { passHeaders }: Pick<DataClass, 'passHeaders'>,
  redirects: 'failed' | 'passed' = 'failed',
): OriginAnswer | FetchFailure {
  const refused = unusable(response, true);
  if (refused) return refused;
  const { status, headers, body } = response;
  const isNoValue = isRedirect(status) && (redirects === 'failed' || status === 304);
  if (status >= 500 || isNoValue || refusesTheEdge(status)) {
    discard(body);
    const why = refusesTheEdge(status) ? `status ${status}: is ORIGIN_SECRET right?` : `status ${status}`;
    return failed(why, status, headers.get('Retry-After') ?? undefined);
  }
  const coding = headers.get('Content-Encoding') ?? '';
  const isCoded = listOf(coding).some((it) => it !== 'identity');
  if (isCoded && body && !takenOff.includes(coding)) {
    discard(body);
    return failed(unreadable('Content-Encoding', coding), status);
  }
  const length = isCoded ? Number.NaN : Number(headers.get('Content-Length') ?? Number.NaN);
  const picked = (status === 200 ? storableHeaders : passedHeaders)(headers, passHeaders);
  return {
    is: 'answer',
    status,
    headers: picked,
    isCut: isLeftOut(headers, passHeaders, picked),
    etag: parseEntityTag(headers.get('ETag') ?? ''),
    tags: tagsNamedBy(headers),
    body,
    length: Number.isSafeInteger(length) ? length : undefined,
  };
}
