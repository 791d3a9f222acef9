import type { Identity } from '../identity/identity.ts';
import type { AccessPredicate, AccessRule, DataClass, Params } from './types.ts';

/** Values of the classes that a rule reads, in their order; `unknown` where a class has no `value` schema. */
export type ValuesOf<Reads extends readonly DataClass[]> = {
  readonly [i in keyof Reads]: Reads[i] extends DataClass<infer _, infer V> ? V : never;
};

/**
 * A rule for `access`: `allowWhen('can kpi:read', [permissions], (identity, params, [held]) => held.can.includes('kpi:read'))`.
 * The test must return `true` itself to allow; it runs on every request, so it must be quick and may not wait.
 */
export function allowWhen<const Reads extends readonly DataClass[], P extends Params = Params>(
  says: string,
  reads: Reads,
  test: (identity: Identity, params: P, values: ValuesOf<Reads>) => boolean,
): AccessPredicate<P> {
  return Object.freeze({
    says,
    reads: Object.freeze([...reads]),
    // A promise is truthy: only `true` allows.
    allows: (identity: Identity, params: P, values: readonly unknown[]) =>
      test(identity, params, values as ValuesOf<Reads>) === true,
  });
}

/** The classes whose values `judgeAccess` needs. */
export function readsOf(access: AccessRule): readonly DataClass[] {
  return typeof access === 'string' ? [] : access.reads;
}

/** May this caller have this answer? `values` are those of `readsOf(access)`, in order. Refuses by default. */
export function judgeAccess<P extends Params>(
  access: AccessRule<P>,
  identity: Identity | null,
  params: P,
  values: readonly unknown[] = [],
): 'allowed' | 'unauthenticated' | 'forbidden' {
  if (access === 'public') return 'allowed';
  if (identity === null) return 'unauthenticated';
  if (access === 'tenant' || access === 'user') return 'allowed'; // the key holds this tenant or user
  return access.allows(identity, params, values) === true ? 'allowed' : 'forbidden';
}
