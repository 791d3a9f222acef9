import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { faultsOfListing, listing, mayMeet, type Payload } from './event-list.ts';
import type { Silences } from './lint-rules.ts';
import { takesNothing } from './params.ts';
import { bytesOf, faultsOfTargets, namesNothing, type PurgeOrder } from './purge-order.ts';
import { didYouMean, must, quote } from './strategy-error.ts';
import { compileTag, type Template } from './template.ts';
import type { DataClass } from './types.ts';

const templates = z
  .array(z.string(must('write a template')), must('write a list of templates'))
  .readonly()
  .optional();

export const eventShape = z.strictObject(
  {
    /** Shape of the event's payload. */
    payload: z.custom<z.ZodObject>((value) => value instanceof z.ZodObject, must('write z.object({…})')),
    /** Targets that become unusable; templates name fields of the payload. */
    purges: z.strictObject(
      {
        /** `['invoice:{invoice_id}']`: entries of every class that name this tag. Of a field that is a list, a tag for each element. */
        tags: templates,
        /** `['{user_id}']`: everything kept for this user. */
        users: templates,
        /** `['invoice']`: all entries of these classes. */
        classes: z
          .array(z.string(must("write a class's name")), must('write a list of class names'))
          .readonly()
          .optional(),
        /** Everything that the tenant has. */
        everything: z.literal(true, must('write true, or leave it out')).optional(),
      },
      must("say what becomes unusable, such as { tags: ['invoice:{invoice_id}'] }"),
    ),
    /** `tenant`: of the tenant that the event names. `public`: of data without a tenant. `everyone`: classes over all tenants. Default `tenant`. */
    whose: z.enum(['tenant', 'public', 'everyone'], must("say 'tenant', 'public' or 'everyone'")).optional(),
    /** `soft`: what is purged may still be served stale inside the class's windows. Default `hard`. */
    mode: z.enum(['hard', 'soft'], must("say 'hard' or 'soft'")).optional(),
    /** What `npm run strategy -- --check` finds and is meant, by the rule's name: why. Default none. */
    silences: z.custom<Silences>().optional(),
    /** Why it purges what it purges: printed in the strategy document. Default none. */
    rationale: z.string(must('say why, in text')).optional(),
  },
  must('write { payload, purges }'),
);

/** Something that happened at the origin and makes entries wrong. */
export type EventDefinition = Readonly<z.input<typeof eventShape>>;
export type Events = Readonly<Record<string, EventDefinition>>;

/** An event's targets, given a payload of its shape. */
export type Purges = Pick<
  PurgeOrder,
  'whose' | 'mode' | 'tags' | 'classes' | 'users' | 'everything' | 'settleMs'
>;

/** Faults of one event beside its shape, each with the field it is about. */
export function faultsOfEvent(event: EventDefinition, classes: readonly DataClass[]) {
  const { payload, purges, whose = 'tenant', mode = 'hard' } = event;
  const { tags = [], users = [], classes: named = [], everything = false } = purges;
  const targets = { whose, mode, tags, users, classes: named, everything, erase: false };
  const fault = (field: string, says: string) => ({ field, says });
  const known = classes.map(({ name }) => name);
  if (namesNothing(targets))
    return [fault('purges', 'names nothing; an event that purges nothing need not be declared')];
  return [
    ...faultsOfListing(tags, payload).map((says) => fault('purges.tags', says)),
    ...faultsOfListing(users, payload).map((says) => fault('purges.users', says)),
    ...tags.flatMap((it) => faultOfTemplate(it, payload).map((says) => fault('purges.tags', says))),
    ...users.flatMap((it) => faultOfTemplate(it, payload).map((says) => fault('purges.users', says))),
    ...named
      .filter((name) => !known.includes(name))
      .map((name) => {
        const says = `there is no class ${quote(name)}; take it out, or add it${didYouMean(name, known)}`;
        return fault('purges.classes', says);
      }),
    ...faultsOfTargets(targets).map(({ field, says }) =>
      fault(field === 'users' ? 'purges.users' : field, says),
    ),
  ];
}

function faultOfTemplate(template: string, payload: z.ZodObject): string[] {
  let compiled: Template;
  try {
    compiled = compileTag(template);
  } catch (error) {
    return [(error as Error).message];
  }
  return compiled.names.flatMap((name) => {
    const field = Object.hasOwn(payload.shape, name) ? (payload.shape[name] as z.ZodType) : undefined;
    if (!field) {
      const hint = didYouMean(name, Object.keys(payload.shape));
      return [`{${name}} is not in the event's payload; add it there or take it out${hint}`];
    }
    return takesNothing(field)
      ? [`{${name}} may be absent from the payload, and would leave nothing to purge; make it required`]
      : [];
  });
}

/** Whether an event makes entries of the class unusable, as its `invalidatedBy` says. */
export function reaches({ purges, whose = 'tenant' }: EventDefinition, cls: DataClass): boolean {
  if (whose !== 'everyone' && (whose === 'public') !== (cls.scope === 'public')) return false;
  const { tags = [], users = [], classes = [], everything } = purges;
  if (everything || classes.includes(cls.name)) return true;
  if (users.length > 0 && cls.scope === 'user') return true;
  const shapes = (cls.definition.tags ?? []).map(shapeOf);
  return tags.some((tag) => shapes.includes(shapeOf(tag))) || (tags.length > 0 && cls.tagsFromAnswer);
}

/** As `reaches`, for tags that nobody has compared: whatever may bear one of them. */
function mayReach({ purges, whose = 'tenant' }: Pick<EventDefinition, 'purges' | 'whose'>, cls: DataClass) {
  if ((whose === 'public') !== (cls.scope === 'public')) return false;
  const { tags = [], users = [] } = purges;
  if (users.length > 0 && cls.scope === 'user') return true;
  const own = cls.definition.tags ?? [];
  return tags.some((tag) => cls.tagsFromAnswer || own.some((it) => mayMeet(tag, it)));
}

/** Two templates of one shape can fill to the same tag, whatever their fields are called. */
const shapeOf = (template: string) => template.replaceAll(/\{[^{}]*\}/g, '{}');

/** What is known of the Worker around a strategy. */
export interface Around {
  /** Names of its HTTP caches: classes of public data, whose answers may name any tag. */
  readonly httpCaches: Iterable<string>;
  /** Why nobody can have this name; null: somebody can. */
  readonly faultOfUser: (user: string) => string | null;
}

const nothingAround: Around = { httpCaches: [], faultOfUser: () => null };

const faultOfTag = (tag: string) =>
  tag.length > bounds.tagBytes ? `makes a tag of more than ${bounds.tagBytes} characters` : null;

/**
 * The event as a function of its payload, which may throw `NameRefused`. `settleMs`: the longest of the classes that it makes
 * unusable. Of a list of more than `listedPerEvent` elements the classes are purged that their tags may reach, which is too
 * much and never too little; and so of names that are too long together.
 */
export function compileEvent(
  { purges, whose = 'tenant', mode = 'hard' }: EventDefinition,
  settleMs: number,
  classes: readonly DataClass[],
): (payload: Payload, around?: Around) => Purges {
  const compiled = (of: 'tags' | 'users') =>
    (purges[of] ?? []).map((template) => ({
      of,
      namesOf: listing(template),
      reached: classes.filter((cls) => mayReach({ purges: { [of]: [template] }, whose }, cls)),
    }));
  const templates = [...compiled('tags'), ...compiled('users')];
  return (payload, { httpCaches, faultOfUser } = nothingAround) => {
    const faultOf = { tags: faultOfTag, users: faultOfUser };
    const told = templates.map(({ namesOf, ...it }) => ({ ...it, names: namesOf(payload, faultOf[it.of]) }));
    const isTooLong = bytesOf(told.flatMap(({ names }) => names ?? [])) > bounds.partBytes;
    const overflowing = told.filter(({ names }) => isTooLong || names === null);
    const reached = overflowing.flatMap((it) => it.reached);
    const isPublic = overflowing.length > 0 && whose === 'public';
    const named = (kind: 'tags' | 'users') => [
      ...new Set(told.flatMap(({ of, names }) => (of === kind && !isTooLong ? (names ?? []) : []))),
    ];
    const purged = [...(purges.classes ?? []), ...reached.map(({ name }) => name)];
    return {
      whose,
      mode,
      tags: named('tags'),
      users: named('users'),
      classes: [...new Set([...purged, ...(isPublic ? httpCaches : [])])],
      everything: purges.everything ?? false,
      settleMs: Math.max(settleMs, ...reached.map((cls) => cls.settleMs)),
    };
  };
}
