import { hookSecretName } from '../../../../src/invalidation/hook-secrets.ts';
import { mayMeet } from '../../../../src/strategy/event-list.ts';
import type { ClassFacts, EventFacts, StrategyFacts } from '../../facts.ts';
import { type LintFacts, ownClasses } from '../facts.ts';
import { type Fault, listText, ofClass, ofEvent, type Rule } from '../finding.ts';
import { reaches, tagReaches } from '../reach.ts';

/** An event, or one of its tags, that no class bears. */
export const eventPurgesNothing: Rule = {
  level: 'error',
  finds: 'an event, or one of its targets, that purges nothing',
  check: (facts) =>
    facts.events.flatMap((event) =>
      vainTargets(facts, event).map((target) => ({
        place: ofEvent(event),
        why: `${target} reaches no class${event.whose === 'tenant' ? '' : ` (whose: '${event.whose}')`}: when it happens, what is stored stays as it is`,
        mend: 'name a tag or a class that there is, or take it out',
      })),
    ),
};

function vainTargets({ classes }: StrategyFacts, event: EventFacts): string[] {
  const { tags, users, classes: named, everything } = event.purges;
  const none = { tags: [], users: [], classes: [], everything: false };
  const isVain = (target: Partial<EventFacts['purges']>) =>
    !classes.some((cls) => reaches({ ...event, purges: { ...none, ...target } }, cls));
  return [
    ...tags.filter((it) => isVain({ tags: [it] })).map((it) => `its tag '${it}'`),
    ...users.filter((it) => isVain({ users: [it] })).map((it) => `its user '${it}'`),
    ...named.filter((it) => isVain({ classes: [it] })).map((it) => `its class '${it}'`),
    ...(everything && isVain({ everything }) ? ['everything'] : []),
  ];
}

export const tagNeverPurged: Rule = {
  level: 'warning',
  finds: 'a tag that nobody purges',
  check: (facts) =>
    ownClasses(facts).flatMap((cls) =>
      cls.tags
        .filter((tag) => !isPurged(facts, cls, tag))
        .map((tag) => ({
          place: ofClass(cls),
          why: `no event and no write purges its tag '${tag}', which costs one name more in each lookup`,
          mend: 'let an event name it, or take it out',
        })),
    ),
};

function isPurged({ events, classes }: StrategyFacts, cls: ClassFacts, tag: string): boolean {
  const alone = { ...cls, tags: [tag], tagsFromAnswer: false };
  const isByWrite = ({ writeThrough, tags }: ClassFacts) =>
    writeThrough !== null && cls.scope !== 'public' && tags.some((it) => mayMeet(it, tag));
  return (
    events.some((event) => event.purges.tags.some((it) => tagReaches(event, it, alone))) ||
    classes.some(isByWrite)
  );
}

/** A write purges the tags of its class, and what its route says that it comes to. */
export const writeLeavesListStale: Rule = {
  level: 'warning',
  finds: 'a write that leaves a list stale',
  check: (facts) =>
    facts.classes
      .filter(({ writeThrough }) => writeThrough !== null)
      .flatMap((cls) => writesOf(facts, cls).flatMap((write) => leftStale(facts, cls, write))),
};

interface Write {
  readonly at: string;
  readonly events: readonly EventFacts[];
}

/** By its routes; a class that none writes may still be written by one that comes. */
function writesOf({ routes, events }: LintFacts, { name }: ClassFacts): Write[] {
  const written = routes.filter((it) => it.is === 'written' && it.class === name);
  if (written.length === 0) return [{ at: 'a write', events: [] }];
  return written.map((it) => ({
    at: `${it.method} ${it.path}`,
    events: events.filter((event) => it.events?.includes(event.name)),
  }));
}

/** Whether it tells of a change of such data: what purges all of a user or a tenant tells that they have gone. */
const changes = (event: EventFacts, cls: ClassFacts) =>
  reaches({ ...event, purges: { ...event.purges, users: [], everything: false } }, cls);

function leftStale(facts: LintFacts, cls: ClassFacts, { at, events }: Write): Fault[] {
  const own = facts.events.filter((event) => changes(event, cls));
  const isReached = (other: ClassFacts) =>
    other.tagsFromAnswer ||
    other.tags.some((tag) => cls.tags.some((it) => mayMeet(it, tag))) ||
    events.some((event) => reaches(event, other));
  const shared = (other: ClassFacts) => own.filter((event) => changes(event, other));
  return ownClasses(facts)
    .filter((other) => other.name !== cls.name && shared(other).length > 0 && !isReached(other))
    .map((other) => {
      const names = shared(other).map((event) => event.name);
      const both =
        names.length === 1
          ? `the event ${names[0]} changes both`
          : `the events ${listText(names)} change both`;
      return {
        place: ofClass(cls),
        why: `${at} purges nothing of class ${other.name}, though ${both}: its readers see what was there before, until its ttl`,
        mend: `let the route say written(…, { events: ['${names[0]}'] }), or give both classes a tag in common`,
      };
    });
}

export const sourceWithoutSecret: Rule = {
  level: 'error',
  finds: 'a source of webhooks without a secret',
  check: ({ sources, secrets }) =>
    sources
      .map(({ name }) => ({ name, setting: hookSecretName(name) }))
      .filter(({ setting }) => !secrets.includes(setting))
      .map(({ name, setting }) => ({
        place: { kind: 'source', name },
        why: `${setting} is not set here, and wrangler.toml does not name it: once deployed, each of its webhooks may be 503`,
        mend: `name ${setting} among the secrets of wrangler.toml, and set it with 'wrangler secret put ${setting}'`,
      })),
};
