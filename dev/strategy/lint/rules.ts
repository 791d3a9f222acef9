import type { LintRule } from '../../../src/strategy/lint-rules.ts';
import type { Rule } from './finding.ts';
import { costOverBudget } from './rules/cost.ts';
import { maxAgeBelowTtl, staleBeyondFreshness, ttlWithoutEvent } from './rules/freshness.ts';
import {
  accessCapsStaleIfError,
  permissionsWithoutRoleEvent,
  userDataWithoutUser,
} from './rules/identity.ts';
import { collidingKeys, unboundedParameter, unversionedChange } from './rules/keys.ts';
import {
  eventPurgesNothing,
  sourceWithoutSecret,
  tagNeverPurged,
  writeLeavesListStale,
} from './rules/purges.ts';

/** All rules, by the id that findings and silences name. */
export const rules = {
  'user-data-without-user': userDataWithoutUser,
  'permissions-without-role-event': permissionsWithoutRoleEvent,
  'colliding-keys': collidingKeys,
  'unversioned-change': unversionedChange,
  'source-without-secret': sourceWithoutSecret,
  'event-purges-nothing': eventPurgesNothing,
  'tag-never-purged': tagNeverPurged,
  'write-leaves-list-stale': writeLeavesListStale,
  'ttl-without-event': ttlWithoutEvent,
  'stale-beyond-freshness': staleBeyondFreshness,
  'access-caps-stale-if-error': accessCapsStaleIfError,
  'max-age-below-ttl': maxAgeBelowTtl,
  'unbounded-parameter': unboundedParameter,
  'cost-over-budget': costOverBudget,
} as const satisfies Readonly<Record<LintRule, Rule>>;

/** What `silences` says of no finding is a finding itself, which nothing silences. */
export const UNUSED_SILENCE = 'unused-silence';

/** Of what may come: that it silences nothing today is as it should be. */
export const ofChangesToCome: readonly LintRule[] = ['unversioned-change'];
