import { bounds } from '../bounds.ts';
import { brokenRules } from './definition-rules.ts';
import { definitionShape } from './definition-shape.ts';
import { strictParams } from './params.ts';
import { rolloutOf } from './rollout.ts';
import { inOurWords } from './says.ts';
import { type Fault, faultsOf, quote, StrategyError } from './strategy-error.ts';
import type { DataClass, DataClassDefinition, Params } from './types.ts';

/** Validates a definition and fills in its defaults. Throws one `StrategyError` with every fault found. */
export function dataClass<P extends Params, V = unknown>(
  definition: DataClassDefinition<P, V>,
): DataClass<P, V> {
  const parsed = definitionShape.safeParse(definition, inOurWords);
  const faults = faultsIn(definition, parsed.error?.issues ?? []);
  if (faults.length > 0 || !parsed.success) throw new StrategyError(faults);

  const {
    key,
    tags,
    origin,
    params,
    ttl,
    staleWhileRevalidate,
    staleIfError,
    l1,
    settle,
    compare,
    freshWithin,
    rollout,
    ...plain
  } = parsed.data;
  const cls: DataClass<P, V> = Object.freeze({
    definition: Object.freeze({ ...definition }),
    ...plain,
    access: definition.access,
    writeThrough: plain.writeThrough,
    ttlMs: ttl,
    swrMs: staleWhileRevalidate ?? 0,
    sieMs: staleIfError ?? 0,
    l1Ms: plain.consistency === 'strict' ? 0 : (l1 ?? bounds.l1Ms),
    value: definition.value,
    storeWhen: definition.storeWhen,
    cacheControl: plain.cacheControl ?? 'private, no-cache',
    invalidatedBy: Object.freeze(plain.invalidatedBy),
    passHeaders: Object.freeze(plain.passHeaders),
    settleMs: settle ?? 0,
    compareShare: compare,
    compareIgnoring: Object.freeze(plain.compareIgnoring),
    freshWithinMs: freshWithin,
    rollout: rolloutOf(rollout, plain.scope),
    paramNames: Object.freeze(key.names),
    params: strictParams<P>(params),
    keyOf: key.fill,
    // Two templates may meet in one tag; one generation is enough for it.
    tagsOf: (values: P) => [...new Set(tags.map((tag) => tag.fill(values)))],
    originPath: (values: P, identity: { readonly tenant: string; readonly user: string } | null) => {
      if (origin === undefined) throw new TypeError(`${plain.name} has no origin path`);
      return origin.fill({ ...values, tenant_id: identity?.tenant, user_id: identity?.user });
    },
  });
  made.add(cls);
  return cls;
}

const made = new WeakSet<object>();

/** Whether `dataClass` made it: a look-alike has not been validated. */
export function isDataClass(value: unknown): value is DataClass {
  return typeof value === 'object' && value !== null && made.has(value);
}

function faultsIn(definition: unknown, issues: Parameters<typeof faultsOf>[1]): Fault[] {
  if (typeof definition !== 'object' || definition === null) return faultsOf('a class', issues);
  const named = definition as DataClassDefinition;
  const where = /^[\w-]+$/.test(named.name ?? ' ') ? named.name : `class ${quote(named.name)}`;
  const broken = new Set(issues.map(({ path }) => String(path[0])));
  const between = brokenRules(named, broken).map((fault) => ({ where, ...fault }));
  return [...faultsOf(where, issues), ...between];
}
