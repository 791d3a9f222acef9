import type { Identity } from '../identity/identity.ts';
import type { DataClass, Params } from './data-class.ts';

/**
 * Who may read a class. `'tenant'`: every verified member of the tenant; `'user'`: a verified user (the key holds
 * the user); `'public'`: everyone; or a rule over the identity, the parameters and other classes.
 */
export type AccessRule<P extends Params = Params> = 'tenant' | 'user' | 'public' | AccessPredicate<P>;

/** Method syntax on purpose: a rule for all parameters serves a class with some. */
export interface AccessPredicate<P extends Params = Params> {
  /** As printed in the strategy document and logged on a refusal: `can kpi:read`. */
  readonly says: string;
  /** Classes whose values the rule reads, looked up together with the answer itself. Read-through, `user` or `tenant` scope, without parameters. */
  readonly reads: readonly DataClass[];
  allows(identity: Identity, params: P, values: readonly unknown[]): boolean;
}
