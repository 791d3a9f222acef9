import type { Basis } from '../../../../src/rollout/fingerprint.ts';
import { schemaChanges } from '../../../lock/schema-changes.ts';
import type { ClassFacts } from '../../facts.ts';
import { unboundedness } from '../cardinality.ts';
import { collisionOf, type KeyForm } from '../collision.ts';
import { ownClasses } from '../facts.ts';
import { ofClass, placeText, type Rule } from '../finding.ts';

export const unboundedParameter: Rule = {
  level: 'warning',
  finds: 'a parameter of unbounded cardinality',
  check: (facts) =>
    ownClasses(facts).flatMap((cls) =>
      Object.entries(cls.params).flatMap(([name, schema]) => {
        const takes = unboundedness(name, schema);
        if (takes === null) return [];
        return {
          place: ofClass(cls),
          why: `its parameter ${name} takes ${takes}: whoever asks can make as many entries as they like, and few of them are asked for twice`,
          mend: 'bound it in params: an enum, a pattern from ^ to $, a greatest length, a least and a greatest number, a day instead of a moment',
        };
      }),
    ),
};

export const collidingKeys: Rule = {
  level: 'error',
  finds: 'two classes whose keys can be the same',
  check: ({ classes }) =>
    classes.flatMap((one, i) =>
      classes.slice(i + 1).flatMap((other) => {
        const collision = collisionOf(one, other);
        if (collision === null || isSame(one, other)) return [];
        return {
          place: ofClass(other),
          why: `it and ${placeText(ofClass(one))} can both have the key ${collision.key}: one is answered with what the other has stored`,
          mend: 'give one of them another name',
        };
      }),
    ),
};

/** HTTP caches that say the same share what they store, as one at two routes does. */
const isSame = (one: ClassFacts, other: ClassFacts) => JSON.stringify(one) === JSON.stringify(other);

/** Against `strategy.lock.json`: what a deployment has stored is still there when the next one reads. */
export const unversionedChange: Rule = {
  level: 'error',
  finds: 'a changed key or value schema without a new version',
  check: (facts, lock) =>
    ownClasses(facts).flatMap((cls) => {
      const was = lock.get(cls.name);
      const is = facts.entries.find(({ name }) => name === cls.name)?.basis;
      if (!was || !is || was.version !== is.version) return [];
      const differs = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);
      const faults = [
        ...(was.key === cls.key ? [] : [keyChange({ ...was, name: cls.name }, cls)]),
        ...(differs(was.value, is.value)
          ? [
              `its value has changed (${valueChange(was.value, is.value)}): what is stored is of the older shape`,
            ]
          : []),
      ];
      const mend = `say version: ${cls.version + 1}, and run 'npm run lock'`;
      return faults.map((why) => ({ place: ofClass(cls), why, mend }));
    }),
};

function keyChange(was: KeyForm, is: KeyForm): string {
  const collision = collisionOf(was, is);
  const comes =
    collision === null
      ? 'nothing that is stored is found any more'
      : `an entry of before can stand under ${collision.key}, and be taken for another`;
  return `its key has changed from '${was.key}' to '${is.key}': ${comes}`;
}

function valueChange(was: Basis['value'], is: Basis['value']): string {
  if (was === null) return 'it has a schema now';
  return is === null ? 'it has no schema any more' : schemaChanges(was, is);
}
