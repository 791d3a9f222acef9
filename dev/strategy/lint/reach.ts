import { mayMeet } from '../../../src/strategy/event-list.ts';
import type { ClassFacts, EventFacts, StrategyFacts } from '../facts.ts';

type Tagged = Pick<ClassFacts, 'is' | 'name' | 'scope' | 'tags' | 'tagsFromAnswer'>;
type Purging = Pick<EventFacts, 'whose' | 'purges'>;

/** Whether the event is of whose data the class has. */
const isOfSameOwner = ({ whose }: Purging, { scope }: Tagged) =>
  whose === 'everyone' || (whose === 'public') === (scope === 'public');

/** Whether a purge of this tag may reach entries of the class, whatever stands in it. */
export const tagReaches = (event: Purging, tag: string, cls: Tagged): boolean =>
  isOfSameOwner(event, cls) && (cls.tagsFromAnswer || cls.tags.some((it) => mayMeet(tag, it)));

/** Whether the event may make entries of the class unusable: `reaches` of its facts, and where tags may meet by what stands in them. */
export function reaches(event: Purging, cls: Tagged): boolean {
  const { tags, users, classes, everything } = event.purges;
  const isNamed = everything || classes.includes(cls.name) || (users.length > 0 && cls.scope === 'user');
  return (isNamed && isOfSameOwner(event, cls)) || tags.some((tag) => tagReaches(event, tag, cls));
}

/** Without those that purge everything a tenant has: they say nothing of this class, unless it names them. */
export const eventsReaching = (
  { events }: Pick<StrategyFacts, 'events'>,
  cls: Tagged & Pick<ClassFacts, 'invalidatedBy'>,
): readonly EventFacts[] =>
  events.filter(
    (event) => reaches(event, cls) && (!event.purges.everything || cls.invalidatedBy.includes(event.name)),
  );
