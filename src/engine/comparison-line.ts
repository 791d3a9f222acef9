import { bounds } from '../bounds.ts';
import type { Difference, Step } from '../rollout/compare.ts';
import { fieldName } from '../telemetry/field-name.ts';
import type { LogLine } from '../telemetry/log.ts';
import type { Context } from './context.ts';
import type { HitCompared } from './hit-compared.ts';

const levels = { differs: 'info', stale: 'warn', leak: 'error' } as const;

/** Where a hit and the origin differ, never what is there. */
export const comparisonLine = (
  { id, identity, isolate: { hashesIds } }: Context,
  { entry, label, layer, ageMs, boundMs }: HitCompared,
  result: keyof typeof levels,
  at: readonly string[],
): LogLine => ({
  event: 'comparison',
  level: levels[result],
  request_id: id,
  class: label.className,
  result,
  at,
  age_ms: ageMs,
  bound_ms: boundMs,
  layer,
  // Somebody else's fetch: what differs may be whose it is.
  other_filler: (identity !== null && entry.principal.user !== identity.principal.user) || undefined,
  // It may have ids in it; the line of its request has it with hashes.
  origin_path: hashesIds ? undefined : label.originPath,
});

/** Names that may be data are shown as `*`; `declared`: names that are none, null where no name is to be shown. */
export function placeOf(difference: Difference, declared: ReadonlySet<string> | null): string {
  if (difference.in === 'status') return 'status';
  if (difference.in === 'header') return `header:${difference.name}`;
  const path = difference.path?.map((step) => shownStep(step, declared)).join('.');
  return path === undefined ? 'body' : path.slice(0, bounds.loggedWhyChars) || '(the whole)';
}

function shownStep({ name, isField }: Step, declared: ReadonlySet<string> | null): string {
  if (typeof name === 'number') return fieldName(name);
  return declared && (isField || declared.has(name)) ? fieldName(name) : '*';
}
