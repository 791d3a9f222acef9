import * as z from 'zod';
import type { ClassEntry } from '../../../../dev/description.ts';
import { type Lock, lockText, readLock } from '../../../../dev/lock/file.ts';
import { basisOf, fingerprintOf } from '../../../../src/rollout/fingerprint.ts';
import { allowWhen } from '../../../../src/strategy/access.ts';
import { dataClass } from '../../../../src/strategy/data-class.ts';
import type { DataClass, DataClassDefinition } from '../../../../src/strategy/types.ts';

/** What a team changes of a class. */
export type Changed = Partial<Record<keyof DataClassDefinition, unknown>>;

const classOf = (definition: Changed) => dataClass(definition as unknown as DataClassDefinition);

const id = z.string().regex(/^[a-z0-9_]{1,40}$/);

/** Classes that no rule finds anything in, each with what a team has changed of it. */
export const report = (changed: Changed = {}) =>
  classOf({
    ...{
      name: 'report',
      version: 1,
      scope: 'tenant',
      key: '{id}',
      params: z.object({ id }),
      access: 'tenant',
    },
    ...{ tags: ['report:{id}'], read: 'read-through', origin: '/reports/{id}', ttl: '10m' },
    ...{ invalidatedBy: ['report_changed'], rationale: 'for a test', ...changed },
  });

const one = { key: '', params: z.object({}), version: 1, read: 'read-through', rationale: 'for a test' };

export const reports = (changed: Changed = {}) =>
  classOf({
    ...{ ...one, name: 'reports', scope: 'tenant', access: 'tenant', tags: ['reports'], origin: '/reports' },
    ...{ ttl: '10m', invalidatedBy: ['report_changed'], ...changed },
  });

export const held = (changed: Changed = {}) =>
  classOf({
    ...{ ...one, name: 'held', scope: 'user', access: 'user', origin: '/held', ttl: '2m' },
    ...{ consistency: 'strict', invalidatedBy: ['role_updated'], ...changed },
  });

export const rates = (changed: Changed = {}) =>
  classOf({
    ...{ ...one, name: 'rates', scope: 'public', access: 'public', origin: '/rates', ttl: '10m' },
    ...{ cacheControl: 'public, max-age=600', ...changed },
  });

/** Access that asks this class. */
export const asking = (asked: DataClass) => allowWhen('may read', [asked], () => true);

export const report_changed = {
  payload: z.object({ id }),
  purges: { tags: ['report:{id}', 'reports'] },
} as const;
export const role_updated = {
  payload: z.object({ user_id: z.string() }),
  purges: { users: ['{user_id}'] },
} as const;
export const events = { report_changed, role_updated };

export const entryOf = (cls: DataClass): ClassEntry => ({
  ...{ name: cls.name, fingerprint: fingerprintOf(cls), basis: basisOf(cls), rollout: cls.rollout },
});

/** What was written when these were deployed. */
export const lockOf = (...classes: readonly DataClass[]): Lock => readLock(lockText(classes.map(entryOf)));
