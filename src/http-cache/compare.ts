import { collect } from '../engine/body.ts';
import { compareHit, isCompared } from '../engine/comparison.ts';
import type { Context } from '../engine/context.ts';
import type { HitCompared, Present } from '../engine/hit-compared.ts';
import type { FetchFailure } from '../engine/origin-call.ts';
import type { Entry } from '../store/wire.ts';
import { memoryOf } from './memory.ts';
import { labelOf } from './origin.ts';
import type { HttpRead, Requested } from './outcome.ts';
import { readOrigin } from './read-origin.ts';
import { headersForAll, requestForAll } from './request.ts';

type HttpHit = Omit<HttpRead, 'cause' | 'tagsText'>;

/** Compares this hit with the origin, if it is one of the route's share. */
export function compareHttp(hit: HttpHit, entry: Entry): void {
  const { context, route, found } = hit;
  const { isolate, trial } = context;
  if (!isCompared(isolate, route.cls, trial)) return;
  compareHit(context, {
    ...httpHit(hit, entry),
    entry,
    layer: found.layer,
    trial,
    bulkhead: memoryOf(isolate).bulkhead,
    tenant: '',
    fetch: (apart) => exchangePresent(apart, hit),
  });
}

/** How a hit of an HTTP cache is compared, whoever asks its origin. */
export function httpHit(
  { context, route, request }: Requested,
  entry: Entry,
): Omit<HitCompared, 'entry' | 'layer' | 'trial'> {
  const { cls } = route;
  return {
    cls,
    label: labelOf(context, route, request.target),
    ageMs: context.isolate.clock.now() - entry.fetchedMs,
    // As its origin said of it.
    boundMs: cls.freshWithinMs ?? entry.ttlMs,
    compared: { headers: [], ignoring: cls.compareIgnoring },
    declaredFields: () => new Set(),
  };
}

/** All of it, whatever part its client asked for, and without conditions. */
async function exchangePresent(
  apart: Context,
  { route, request, rule }: HttpHit,
): Promise<Present | FetchFailure> {
  const asGet = requestForAll(request, route, rule);
  const headersBy = (names: readonly string[]) => headersForAll(asGet, route, names);
  const read = await readOrigin(apart, { route, request: asGet, method: 'GET', rule, headersBy });
  if (read.is === 'failed') return read;
  const { status, headers, body, length } = read.answer;
  return { is: 'present', status, headers, body: await collect({ body, length }, route.cls.maxBytes) };
}
