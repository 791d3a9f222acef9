import * as z from 'zod';
import type { Schema } from '../../../../dev/strategy/lint/cardinality.ts';
import type { LintFacts, RouteFacts, Silences, SourceFacts } from '../../../../dev/strategy/lint/facts.ts';
import { type HttpCacheOptions, httpRoute } from '../../../../src/http-cache/options.ts';
import { basisOf } from '../../../../src/rollout/fingerprint.ts';
import { readsOf } from '../../../../src/strategy/access.ts';
import { defineStrategy } from '../../../../src/strategy/define.ts';
import type { Events } from '../../../../src/strategy/event.ts';
import type { DataClass } from '../../../../src/strategy/types.ts';

/** A strategy and what is around it, as a team has written it. */
export interface Given {
  readonly classes?: readonly DataClass[];
  readonly events?: Events;
  readonly httpCaches?: readonly HttpCacheOptions[];
  readonly sources?: readonly SourceFacts[];
  readonly routes?: readonly RouteFacts[];
  readonly silences?: Silences;
  readonly budget?: LintFacts['budget'];
}

export function factsOf({
  classes = [],
  events = {},
  httpCaches = [],
  sources = [],
  routes = [],
  silences = {},
  budget = null,
}: Given): LintFacts {
  const strategy = defineStrategy({ classes, events });
  return {
    classes: [...strategy.classes.values()].map((cls) => ({
      ...{
        name: cls.name,
        version: cls.version,
        scope: cls.scope,
        key: cls.definition.key,
        ttlMs: cls.ttlMs,
      },
      ...{ swrMs: cls.swrMs, sieMs: cls.sieMs, freshWithinMs: cls.freshWithinMs ?? null, silences: {} },
      params: paramsOf(cls),
      access: {
        says: typeof cls.access === 'string' ? cls.access : cls.access.says,
        reads: readsOf(cls.access).map(({ name }) => name),
      },
      ...{
        tags: cls.definition.tags ?? [],
        tagsFromAnswer: cls.tagsFromAnswer,
        origin: cls.definition.origin ?? null,
      },
      ...{
        writeThrough: cls.writeThrough ?? null,
        consistency: cls.consistency,
        cacheControl: cls.cacheControl,
      },
      value: basisOf(cls).value as Schema | null,
    })),
    httpCaches: httpCaches.map((it) => {
      const { cls } = httpRoute(it);
      const { name, version, scope, definition, sieMs, freshWithinMs = null } = cls;
      return { name, version, scope, key: definition.key, sieMs, freshWithinMs, silences: {} };
    }),
    events: Object.entries(strategy.events).map(([name, { whose = 'tenant', purges }]) => {
      const { tags = [], users = [], classes: named = [], everything = false } = purges;
      return { name, whose, tags, users, classes: named, everything, silences: {} };
    }),
    ...{ sources, routes, silences, budget },
  };
}

const paramsOf = ({ definition }: DataClass) =>
  Object.fromEntries(
    Object.entries((definition.params as unknown as z.ZodObject).shape).map(([name, schema]) => [
      name,
      z.toJSONSchema(schema, { unrepresentable: 'any' }) as Schema,
    ]),
  );
