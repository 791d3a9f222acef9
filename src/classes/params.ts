import type { Context as HonoContext } from 'hono';
import type { EdgeEnv } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import type { Identity } from '../identity/identity.ts';
import { fieldErrors } from '../strategy/field-errors.ts';
import { PathRefused } from '../strategy/origin-path.ts';
import { inOurWords } from '../strategy/says.ts';
import type { DataClass, Params } from '../strategy/types.ts';

/** Where a parameter's raw value stands in the request. */
export interface ParamSource {
  readonly from: 'path' | 'query';
  readonly name: string;
}

/** `:name` in the route. */
export const path = (name: string): ParamSource => ({ from: 'path', name });
/** `?name=` in the URL; given twice is refused. */
export const query = (name: string): ParamSource => ({ from: 'query', name });

export type ParamSources<P extends Params> = { readonly [name in keyof P & string]: ParamSource };

/** The class's parameters as the request has them. Throws a `Problem` that names each field at fault as the client knows it. */
export function paramsOf(
  c: Pick<HonoContext<EdgeEnv>, 'req'>,
  cls: DataClass,
  sources: Readonly<Record<string, ParamSource>>,
  identity: Identity | null,
): Params {
  const raw: Record<string, string | undefined> = {};
  const given = c.req.url.includes('?') ? c.req.queries() : {};
  const known = new Set<string>();
  for (const [param, { from, name }] of Object.entries(sources)) {
    if (from === 'query') known.add(name);
    const values = from === 'path' ? [c.req.param(name)] : (given[name] ?? []);
    if (values.length > 1) throw invalidParam(name, 'is given more than once');
    if (values[0] !== undefined) raw[param] = values[0];
  }
  const unknown = Object.keys(given).find((name) => !known.has(name));
  if (unknown !== undefined) throw invalidParam(unknown.slice(0, 64), 'there is no such parameter');
  return parseParams(cls, raw, sources, identity);
}

export function parseParams(
  cls: DataClass,
  raw: Params,
  sources: Readonly<Partial<Record<string, ParamSource>>>,
  identity: Identity | null,
): Params {
  const nameOf = (param: string) => sources[param]?.name ?? param;
  const parsed = cls.params.safeParse(raw, inOurWords);
  if (parsed.success) {
    const refused = pathRefusal(cls, parsed.data, identity);
    if (refused) throw invalidParam(nameOf(refused.param), refused.why);
    return parsed.data;
  }
  const errors = fieldErrors(parsed.error, '', raw).map(({ field, detail }) => {
    const [param = '', ...within] = field.split('.');
    return { field: [nameOf(param), ...within].join('.'), detail };
  });
  throw new Problem('invalid-request', { errors });
}

/** A value that would lead elsewhere at the origin is the caller's fault, and seen before anything is looked up. */
function pathRefusal(cls: DataClass, params: Params, identity: Identity | null): PathRefused | null {
  if (cls.definition.origin === undefined) return null;
  try {
    cls.originPath(params, identity ?? noIdentity);
    return null;
  } catch (error) {
    if (error instanceof PathRefused) return error;
    throw error;
  }
}

/** Stands in a path that is never sent. */
const noIdentity = { tenant: '-', user: '-' };

export const invalidParam = (field: string, detail: string): Problem =>
  new Problem('invalid-request', { errors: [{ field, detail }] });
