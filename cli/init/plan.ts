import { exit, Failure } from '../failure.ts';
import type { AnsweredItem, Answers } from './answers.ts';

/** What is written, before it is text. */
export interface Plan extends PlannedData {
  readonly answers: Answers;
}

/** What is cached, and what purges it. */
export interface PlannedData {
  readonly classes: readonly PlannedClass[];
  readonly events: readonly PlannedEvent[];
}

export interface PlannedClass {
  readonly item: AnsweredItem;
  /** One more than the class of this name that `strategy.lock.json` knows: what that has stored is another's. */
  readonly version: number;
  /** What the code calls it. */
  readonly variable: string;
  /** The route without query, as Hono writes it. */
  readonly route: string;
  readonly origin: string;
  readonly params: readonly PlannedParam[];
  readonly tag: string;
  readonly events: readonly string[];
  /** Of these, what a write through the edge can say by its own path. */
  readonly emits: readonly string[];
}

export interface PlannedParam {
  readonly name: string;
  readonly from: 'path' | 'query';
  /** In the path or query. */
  readonly called: string;
  readonly kind: AnsweredItem['params'][string];
}

export interface PlannedEvent {
  readonly name: string;
  readonly whose: 'tenant' | 'public';
  /** Of the payload, each with its kind. */
  readonly fields: ReadonlyMap<string, PlannedParam['kind']>;
  readonly tags: readonly string[];
  /** Everything of these users: for data of one user each. */
  readonly users: boolean;
}

const reserved = new Set(['tenant', 'tenant_id', 'user', 'user_id']);
const refuse = (message: string) => new Failure(exit.refused, message);

/** `versions`: of the classes that were there before. Throws a `Failure` that names the field of the answers and the mend. */
export const planOf = (answers: Answers, versions: ReadonlyMap<string, number> = new Map()): Plan => ({
  answers,
  ...plannedData(answers.data, versions),
});

/** The same of the data alone. */
export function plannedData(
  data: readonly AnsweredItem[],
  versions: ReadonlyMap<string, number> = new Map(),
): PlannedData {
  const classes = data.map(plannedClass);
  noTwo(
    classes,
    ({ item }) => item.name,
    (at) => `${at}.name: two have this name; rename one`,
  );
  noTwo(
    classes,
    ({ variable }) => variable,
    (at) => `${at}.name: in code it reads like another one; rename one`,
  );
  noTwo(
    classes,
    ({ route }) => route.replace(/:\w+/g, ':'),
    (at) => `${at}.path: two have this path; take one out, or give it another path`,
  );
  const names = [...new Set(classes.flatMap(({ events }) => events))];
  const events = names.map((name) => plannedEvent(name, classes));
  return {
    classes: classes.map((it) => ({
      ...it,
      emits: emittedBy(it, events),
      version: (versions.get(it.item.name) ?? 0) + 1,
    })),
    events,
  };
}

function noTwo(
  classes: readonly Planned[],
  keyOf: (cls: Planned) => string,
  says: (at: string) => string,
): void {
  const seen = new Set<string>();
  for (const [i, cls] of classes.entries()) {
    if (seen.has(keyOf(cls))) throw refuse(says(`data.${i}`));
    seen.add(keyOf(cls));
  }
}

type Planned = Omit<PlannedClass, 'emits' | 'version'>;

function plannedClass(item: AnsweredItem, i: number): Planned {
  const { name, path = `/v1/${name}`, who, written } = item;
  const [route = '', query = ''] = path.split('?');
  const params = [
    ...[...route.matchAll(/:(\w+)/g)].map(([, called]) => ({
      from: 'path' as const,
      called: called!,
      name: called!,
    })),
    ...query
      .split('&')
      .filter(Boolean)
      .map((it) => it.split('=:'))
      .map(([called, param]) => ({ from: 'query' as const, called: called!, name: param! })),
  ].map((it) => ({ ...it, kind: item.params[it.name] ?? kindByName(it.name) }));
  const at = `data.${i}`;
  for (const { name: param } of params)
    if (reserved.has(param))
      throw refuse(
        `${at}.path: :${param} may come only from verified identity; write a path without it, such as /v1/me/${name}, and who: 'user' or 'tenant'`,
      );
  if (new Set(params.map((it) => it.name)).size < params.length)
    throw refuse(`${at}.path: two parameters have one name; rename one`);
  const unknown = Object.keys(item.params).find((it) => !params.some((param) => param.name === it));
  if (unknown !== undefined)
    throw refuse(`${at}.params.${unknown}: is not in path; take it out, or add it there`);
  if (written && who === 'public')
    throw refuse(`${at}.written: public data cannot be written by whom nobody has verified; leave it out`);
  if (item.strict && (item.stale ?? item.whileDown) !== undefined)
    throw refuse(
      `${at}.${item.stale ? 'stale' : 'whileDown'}: strict data are never shown stale; take one of both out`,
    );
  return {
    item,
    variable: variableOf(name),
    route,
    origin: item.origin ?? path.replace(/:(\w+)/g, '{$1}'),
    params,
    tag: [name, ...params.filter(({ from }) => from === 'path').map((it) => `{${it.name}}`)].join(':'),
    events: item.changedBy ?? [`${name.replaceAll('-', '_')}_changed`],
  };
}

const emittedBy = ({ events, params }: Planned, all: readonly PlannedEvent[]): readonly string[] =>
  events.filter((name) => {
    const { fields, users } = all.find((it) => it.name === name)!;
    return !users && [...fields.keys()].every((field) => params.some((it) => it.name === field));
  });

const kindByName = (name: string): PlannedParam['kind'] =>
  /(^|_)(date|day)$/.test(name)
    ? 'date'
    : /(^|_)month$/.test(name)
      ? 'month'
      : name === 'page' || name === 'file'
        ? name
        : 'id';

/** Names that a module of ours could not export, or would hide. */
const taken = new Set(
  'z id date month page file strategy app hooks worker edge cached written path query webhooks default delete new class function return switch case if else for while do in of void with this null true false import export extends super throw try catch finally typeof var let const enum yield await static'.split(
    ' ',
  ),
);

function variableOf(name: string): string {
  const camel = name
    .replace(/[-_]+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    .replace(/[-_]/g, '');
  return taken.has(camel) ? `${camel}Data` : camel;
}

/** One event may make several classes wrong: its payload has what all their tags need. */
function plannedEvent(name: string, classes: readonly Planned[]): PlannedEvent {
  const purged = classes.filter(({ events }) => events.includes(name));
  const isPublic = purged.every(({ item }) => item.who === 'public');
  if (!isPublic && purged.some(({ item }) => item.who === 'public'))
    throw refuse(
      `data.${classes.findIndex((it) => it.item.who === 'public' && it.events.includes(name))}.changedBy: ${name} changes tenants' data too, and an event is either's; give public data an event of its own`,
    );
  // Whose permissions changed is a user, not a tag: everything that is kept for that user goes.
  const ofUsers = purged.filter(({ item }) => item.who === 'user');
  const tagged = purged.filter(({ item }) => item.who !== 'user');
  const fields = new Map(
    tagged.flatMap(({ params }) =>
      params.filter(({ from }) => from === 'path').map((it) => [it.name, it.kind] as const),
    ),
  );
  return {
    name,
    whose: isPublic ? 'public' : 'tenant',
    fields,
    tags: [...new Set(tagged.map(({ tag }) => tag))],
    users: ofUsers.length > 0,
  };
}
