import { mayMeet } from '../../../src/strategy/event-list.ts';
import type { ClassFacts, EventFacts, LintFacts } from './facts.ts';

type Tagged = Pick<ClassFacts, 'name' | 'scope' | 'tags' | 'tagsFromAnswer'>;

/** Whether the event is of whose data the class has. */
const isOfSameOwner = ({ whose }: EventFacts, { scope }: Pick<Tagged, 'scope'>) =>
  whose === 'everyone' || (whose === 'public') === (scope === 'public');

/** Whether a purge of this tag may reach entries of the class, whatever stands in it. */
export const tagReaches = (event: EventFacts, tag: string, cls: Tagged): boolean =>
  isOfSameOwner(event, cls) && (cls.tagsFromAnswer || cls.tags.some((it) => mayMeet(tag, it)));

/** Whether the event may make entries of the class unusable. */
export const reaches = (event: EventFacts, cls: Tagged): boolean =>
  isOfSameOwner(event, cls) &&
  (event.everything ||
    event.classes.includes(cls.name) ||
    (event.users.length > 0 && cls.scope === 'user') ||
    event.tags.some((tag) => tagReaches(event, tag, cls)));

export const eventsReaching = ({ events }: LintFacts, cls: Tagged): readonly EventFacts[] =>
  events.filter((event) => reaches(event, cls));

/** All that an event may reach: the answers of an HTTP cache may name any tag. */
export const reachableIn = ({ classes, httpCaches }: LintFacts): readonly Tagged[] => [
  ...classes,
  ...httpCaches.map(({ name }) => ({ name, scope: 'public', tags: [], tagsFromAnswer: true }) as const),
];
