import type * as z from 'zod';
import type { ClassRoute } from '../classes/route.ts';
import { nameOfEvent, type WriteEvent } from '../classes/write-event.ts';
import type { Strategy } from '../strategy/define.ts';
import { mayBeAbsent, takesNothing, tried } from '../strategy/params.ts';
import { meantOrKnown } from '../strategy/strategy-error.ts';
import type { DataClass } from '../strategy/types.ts';

/** Holds the routes of an edge's classes to its strategy, as they are added: a wrong one does not start. */
export function createRouteChecks(strategy: Strategy) {
  /** The first route of each class. */
  const known = new Map<string, { readonly at: string; readonly sources: ClassRoute['sources'] }>();

  return function mustFitStrategy(method: string, path: string, route: ClassRoute): void {
    const { is, cls, sources } = route;
    const at = `${method} ${path}`;
    const refuse = (why: string) => new TypeError(`${at}: ${is}(${cls.name}): ${why}`);
    const listed = strategy.classes.get(cls.name);
    if (listed !== cls)
      throw refuse(
        listed
          ? 'defineStrategy has another class of this name; give one of them another'
          : 'the class is not in defineStrategy; add it to its classes',
      );
    const fault = [faultOfSources(path, route), ...faultsOfEvents(strategy, route)].find((it) => it !== null);
    if (fault !== undefined) throw refuse(fault);
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

/** What neither the path nor anything else gives; null: every parameter comes from somewhere. */
function faultOfSources(path: string, { cls, sources }: Pick<ClassRoute, 'cls' | 'sources'>): string | null {
  // As Hono reads it: the name ends before a pattern in braces, or the mark of one that may be absent.
  const inPath: readonly string[] = path.replaceAll(/\{[^}]+\}/g, '').match(/:[^/?{}]+/g) ?? [];
  const isGiven = (name: string) => {
    const source = sources[name];
    return source
      ? source.from === 'query' || inPath.includes(`:${source.name}`)
      : takesNothing(fieldsOf(cls)[name]!);
  };
  const lacking = cls.paramNames.find((name) => !isGiven(name));
  if (lacking === undefined) return null;
  const has = inPath.length > 0 ? inPath.join(', ') : 'none';
  return `takes '${lacking}' from ${textOf(sources, lacking)}, and the path has ${has}; name one of the path, or take it by query('…')`;
}

/** Why a write of the class cannot come to its events; null: it can. */
function faultsOfEvents(strategy: Strategy, { cls, events }: Pick<ClassRoute, 'cls' | 'events'>) {
  const names = events.map(nameOfEvent);
  const twice = names.find((name, i) => names.indexOf(name) < i && typeof events[i] === 'string');
  return [
    twice === undefined ? null : `names the event '${twice}' twice; once is enough`,
    ...events.map((event) => faultOfEvent(strategy, cls, event)),
  ];
}

function faultOfEvent({ events }: Strategy, cls: DataClass, event: WriteEvent): string | null {
  const name = nameOfEvent(event);
  if (!Object.hasOwn(events, name))
    return `there is no event '${name}'; ${meantOrKnown(name, Object.keys(events))}`;
  if (typeof event !== 'string') return null;
  const mend = `give { event: '${name}', payload: ({ params, identity }) => ({ … }) }`;
  const fields = Object.entries(events[name]!.payload.shape) as [string, z.ZodType][];
  for (const [field, schema] of fields) {
    const example = cls.paramNames.includes(field) ? exampleOf(fieldsOf(cls)[field]!) : undefined;
    const says = faultOfType(schema, example);
    if (says !== undefined)
      return `'${field}' in the payload of '${name}' ${says}, and the parameter of that name is a ${typeof example}; ${mend}`;
  }
  const missing = fields.find(([field, schema]) => !takesNothing(schema) && !gives(cls, field))?.[0];
  if (missing === undefined) return null;
  const params = cls.paramNames.length > 0 ? meantOrKnown(missing, cls.paramNames) : 'it has none';
  return `'${name}' needs '${missing}' in its payload, which is no parameter of every write (${params}); ${mend}`;
}

const fieldsOf = ({ definition }: DataClass) =>
  (definition.params as unknown as z.ZodObject<Record<string, z.ZodType>>).shape;

const gives = (cls: DataClass, name: string) =>
  cls.paramNames.includes(name) &&
  !mayBeAbsent(cls.definition.params as unknown as Parameters<typeof mayBeAbsent>[0], name);

/** A value of the type that the parameter comes out as; undefined where its schema does not say. */
function exampleOf(param: z.ZodType): unknown {
  const { type, innerType, out }: Definition = param._zod.def;
  const within = innerType ?? out;
  return within ? exampleOf(within) : examples[type];
}

/** What zod's definitions have of a wrapper, and of a pipe. */
interface Definition extends Readonly<Pick<z.core.$ZodTypeDef, 'type'>> {
  readonly innerType?: z.ZodType;
  readonly out?: z.ZodType;
}

const examples: Readonly<Record<string, unknown>> = { string: '', enum: '', number: 0, boolean: false };

/** What an event's field says of a value of that type; undefined: it takes such values, or makes another of them first, which tells nothing of others. */
const faultOfType = (field: z.ZodType, example: unknown): string | undefined =>
  example === undefined
    ? undefined
    : tried(field, example)?.error?.issues.find(
        ({ code, path, input }) => code === 'invalid_type' && path.length === 0 && Object.is(input, example),
      )?.message;

function textOf(sources: ClassRoute['sources'], param: string): string {
  const source = sources[param];
  if (!source) return 'nowhere';
  return source.from === 'path' ? `:${source.name}` : `?${source.name}=`;
}
