import { schemaChanges } from '../../../lock/schema-changes.ts';
import { unboundedness } from '../cardinality.ts';
import { collisionOf, type KeyForm } from '../collision.ts';
import type { LintFacts } from '../facts.ts';
import { type Fault, ofClass, ofHttpCache, placeText, type Rule } from '../finding.ts';

export const unboundedParameter: Rule = {
  level: 'warning',
  finds: 'a parameter of unbounded cardinality',
  check: ({ classes }) =>
    classes.flatMap((cls) =>
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
  check: (facts) => {
    const forms = formsOf(facts);
    return forms.flatMap((one, i) =>
      forms.slice(i + 1).flatMap((other) => {
        const collision = collisionOf(one.form, other.form);
        if (collision === null) return [];
        return {
          place: other.place,
          why: `it and ${placeText(one.place)} can both have the key ${collision.key}: one is answered with what the other has stored`,
          mend: 'give one of them another name',
        };
      }),
    );
  },
};

const formsOf = ({ classes, httpCaches }: LintFacts): { form: KeyForm; place: Fault['place'] }[] => [
  ...classes.map((form) => ({ form, place: ofClass(form) })),
  ...httpCaches.map((form) => ({ form, place: ofHttpCache(form) })),
];

/** Against `strategy.lock.json`: what a deployment has stored is still there when the next one reads. */
export const unversionedChange: Rule = {
  level: 'error',
  finds: 'a changed key or value schema without a new version',
  check: ({ classes }, lock) =>
    classes.flatMap((cls) => {
      const was = lock.get(cls.name);
      if (!was || was.version !== cls.version) return [];
      const differs = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);
      const faults = [
        ...(was.key === cls.key ? [] : [keyChange({ ...was, name: cls.name }, cls)]),
        ...(differs(was.value, cls.value)
          ? [
              `its value has changed (${valueChange(was.value, cls.value)}): what is stored is of the older shape`,
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

function valueChange(was: LintFacts['classes'][number]['value'], is: typeof was): string {
  if (was === null) return 'it has a schema now';
  return is === null ? 'it has no schema any more' : schemaChanges(was, is);
}
