import type { ClassRoute } from '../classes/route.ts';
import { nameOfEvent, type WriteEvent } from '../classes/write-event.ts';
import type { Strategy } from '../strategy/define.ts';
import { mayBeAbsent } from '../strategy/params.ts';
import { meantOrKnown } from '../strategy/strategy-error.ts';
import type { DataClass } from '../strategy/types.ts';

/** Holds the routes of an edge's classes to its strategy, as they are added: a wrong one does not start. */
export function createRouteChecks(strategy: Strategy) {
  /** The first route of each class. */
  const known = new Map<string, { readonly at: string; readonly sources: ClassRoute['sources'] }>();

  return function mustFitStrategy(at: string, { is, cls, sources, events }: ClassRoute): void {
    const refuse = (why: string) => new TypeError(`${at}: ${is}(${cls.name}): ${why}`);
    const listed = strategy.classes.get(cls.name);
    if (listed !== cls)
      throw refuse(
        listed
          ? 'defineStrategy has another class of this name; give one of them another'
          : 'the class is not in defineStrategy; add it to its classes',
      );
    for (const event of events) {
      const fault = faultOfEvent(strategy, cls, event);
      if (fault !== null) throw refuse(fault);
    }
    const first = known.get(cls.name);
    if (!first) known.set(cls.name, { at, sources });
    const differs = cls.paramNames.find(
      (name) => first && textOf(first.sources, name) !== textOf(sources, name),
    );
    if (first && differs !== undefined)
      throw refuse(
        `takes '${differs}' from ${textOf(sources, differs)}, and ${first.at} takes it from ${textOf(first.sources, differs)}; ` +
          'let both take it from the same place, or make two classes',
      );
  };
}

/** Why a write of the class cannot come to this event; null: it can. */
function faultOfEvent({ events }: Strategy, cls: DataClass, event: WriteEvent): string | null {
  const name = nameOfEvent(event);
  if (!Object.hasOwn(events, name))
    return `there is no event '${name}'; ${meantOrKnown(name, Object.keys(events))}`;
  if (typeof event !== 'string') return null;
  const { payload } = events[name]!;
  const needed = Object.entries(payload.shape).filter(([, field]) => !isOptional(field));
  const missing = needed.map(([field]) => field).find((field) => !gives(cls, field));
  if (missing === undefined) return null;
  const params = cls.paramNames.length > 0 ? meantOrKnown(missing, cls.paramNames) : 'it has none';
  return (
    `'${name}' needs '${missing}' in its payload, which is no parameter of every write (${params}); ` +
    `give { event: '${name}', payload: ({ params, identity }) => ({ … }) }`
  );
}

type Shape = Strategy['events'][string]['payload']['shape'];

/** A schema that waits says nothing here. */
function isOptional(field: Shape[string]): boolean {
  try {
    return (field as { safeParse(value: unknown): { success: boolean } }).safeParse(undefined).success;
  } catch {
    return false;
  }
}

const gives = ({ paramNames, definition }: DataClass, name: string) =>
  paramNames.includes(name) &&
  !mayBeAbsent(definition.params as unknown as Parameters<typeof mayBeAbsent>[0], name);

function textOf(sources: ClassRoute['sources'], param: string): string {
  const source = sources[param];
  if (!source) return 'nowhere';
  return source.from === 'path' ? `:${source.name}` : `?${source.name}=`;
}
