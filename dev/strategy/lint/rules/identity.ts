import { durationText } from '../../../../src/strategy/duration.ts';
import type { ClassFacts, JsonSchema } from '../../facts.ts';
import { type LintFacts, ownClasses } from '../facts.ts';
import { listText, ofClass, type Rule } from '../finding.ts';
import { eventsReaching } from '../reach.ts';

/** The origin is told who asks: what it says to one of them must not be shown to the next. */
export const userDataWithoutUser: Rule = {
  level: 'error',
  finds: 'what depends on the user or a role, without the user in the key',
  check: (facts) =>
    ownClasses(facts).flatMap((cls) => {
      const signs = cls.scope === 'user' ? [] : signsOfAsker(facts, cls);
      if (signs.length === 0) return [];
      return {
        place: ofClass(cls),
        why: `${listText(signs)} ${signs.length === 1 ? 'depends' : 'depend'} on who asks, and the key does not hold the user: one user is shown what another was told`,
        mend: "say scope 'user'",
      };
    }),
};

/** Segments of a path, and words of a name, that stand for whoever asks. */
const asker = ['me', 'my', 'mine', 'whoami'];
/** Of a class without parameters: of a named person's they say nothing of the asker. */
const personal = [
  ...[
    'self',
    'session',
    'viewer',
    'permission',
    'permissions',
    'inbox',
    'notifications',
    'preferences',
    'profile',
  ],
];
/** Fields that say something about the asker, whoever the rest is about. */
const askerFields =
  /^(viewer|me|self|current_?user|can|can_\w+|can[A-Z]\w*|my_\w+|is_(mine|owner)|unread(_\w+)?)$/;
const personalFields = ['user', 'user_id', 'username', 'role', 'roles', 'permissions', 'scopes'];

function signsOfAsker({ routes }: LintFacts, cls: ClassFacts): string[] {
  const isOne = Object.keys(cls.params).length === 0;
  const words = isOne ? [...asker, ...personal] : asker;
  const speaks = (path: string) => segmentsOf(path).find((it) => words.includes(it));
  const paths = [
    ...(cls.origin === null ? [] : [`the origin's ${cls.origin}`]),
    ...routes.filter((it) => it.class === cls.name).map(({ path }) => `the route ${path}`),
  ];
  const fields = Object.entries(propertiesOf(cls.value))
    .filter(
      ([name, of]) => askerFields.test(name) || (isOne && personalFields.includes(name) && !isOfMany(of)),
    )
    .map(([name]) => `the value's ${name}`);
  const named = wordsOf(cls.name).some((it) => words.includes(it)) ? ['its name'] : [];
  return [...named, ...paths.filter(speaks), ...fields];
}

const segmentsOf = (path: string) => path.toLowerCase().split(/[^a-z0-9_-]+/);
const wordsOf = (name: string) => name.toLowerCase().split(/[_.-]/);

const propertiesOf = (value: JsonSchema | null) =>
  (value?.['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;

/** A list of things, such as all roles of a tenant, is nobody's own. */
const isOfMany = ({ type, items }: JsonSchema) =>
  type === 'array' && (items as JsonSchema | undefined)?.['type'] === 'object';

/** Words of events that tell of rights: `role_updated`. */
const ofRights =
  /^(roles?|permissions?|rights?|grants?|access|members?|memberships?|groups?|teams?|polic(y|ies)|acls?|entitlements?|scopes?|privileges?|authz|authorization)$/;

export const permissionsWithoutRoleEvent: Rule = {
  level: 'error',
  finds: 'permissions that no event of a role purges',
  check: (facts) =>
    ownClasses(facts).flatMap((cls) => {
      const sign = signOfRights(facts, cls);
      const events = eventsReaching(facts, cls).map(({ name }) => name);
      if (sign === null || events.some((name) => name.split('_').some((it) => ofRights.test(it)))) return [];
      const purging =
        events.length === 0
          ? 'no event purges it'
          : `of its events (${events.join(', ')}) none tells of a changed role`;
      return {
        place: ofClass(cls),
        why: `${sign}, and ${purging}: a right that was taken away counts until its ttl of ${durationText(cls.ttlMs)}`,
        mend: "add an event such as role_updated, with purges: { users: ['{user_id}'] }, and name it in invalidatedBy",
      };
    }),
};

function signOfRights({ classes }: LintFacts, cls: ClassFacts): string | null {
  const asking = classes.filter(({ reads }) => reads.includes(cls.name)).map(({ name }) => name);
  if (asking.length > 0) return `the access of ${listText(asking)} asks it`;
  if (wordsOf(cls.name).some((it) => /^(permissions?|entitlements?|grants?|acls?|privileges?)$/.test(it)))
    return 'its name says permissions';
  const field = Object.keys(propertiesOf(cls.value)).find((it) =>
    /^(can|permissions|entitlements)$/.test(it),
  );
  return field === undefined ? null : `its value says permissions (${field})`;
}

/** Access is judged before every answer, stale ones too: what it reads must be there. */
export const accessCapsStaleIfError: Rule = {
  level: 'warning',
  finds: 'a staleIfError that outlives what its access asks',
  check: ({ classes }) =>
    classes.flatMap((cls) =>
      classes
        .filter(({ name }) => cls.reads.includes(name))
        .map((asked) => ({ asked, capMs: asked.ttlMs + asked.sieMs }))
        .filter(({ capMs }) => cls.sieMs > capMs)
        .map(({ asked, capMs }) => ({
          place: ofClass(cls),
          why: `its staleIfError of ${durationText(cls.sieMs)} is worth ${durationText(capMs)}: its access asks ${asked.name}, ${kindOf(asked)} that is there no longer than that while the origin fails, and without it nobody may read`,
          mend: `say staleIfError: '${durationText(capMs)}', or silence this with why ${durationText(capMs)} is enough`,
        })),
    ),
};

const kindOf = ({ consistency }: ClassFacts) => (consistency === 'strict' ? 'a strict class' : 'a class');
