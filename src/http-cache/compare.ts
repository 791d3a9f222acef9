import { collect } from '../engine/body.ts';
import { compareHit } from '../engine/comparison.ts';
import type { Context } from '../engine/context.ts';
import type { Present } from '../engine/hit-compared.ts';
import type { FetchFailure } from '../engine/origin-call.ts';
import type { Entry } from '../store/wire.ts';
import { memoryOf } from './memory.ts';
import { labelOf } from './origin.ts';
import type { HttpRead } from './outcome.ts';
import { readOrigin } from './read-origin.ts';
import { headersForAll, requestForAll } from './request.ts';

type HttpHit = Omit<HttpRead, 'cause' | 'tagsText'>;

/** Compares this hit with the origin, if it is one of the route's share. */
export function compareHttp(hit: HttpHit, entry: Entry): void {
  const { context, route, request, found } = hit;
  const { isolate } = context;
  const { compareShare, compareIgnoring } = route.cls;
  if (isolate.random() >= compareShare) return;
  const { swrMs, sieMs } = found.subject.windowsOf(entry);
  compareHit(context, {
    entry,
    layer: found.layer,
    cls: route.cls,
    bulkhead: memoryOf(isolate).bulkhead,
    tenant: '',
    label: labelOf(context, route, request.target),
    ageMs: isolate.clock.now() - entry.fetchedMs,
    // As its origin said of it.
    boundMs: entry.ttlMs + Math.max(swrMs, sieMs),
    compared: { headers: [], ignoring: compareIgnoring },
    declaredFields: () => new Set(),
    fetch: (apart) => exchangePresent(apart, hit),
  });
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
