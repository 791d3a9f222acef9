import type { RouteEntry } from '../../../../dev/description.ts';
import { factsOf } from '../../../../dev/strategy/facts-of.ts';
import type { LintFacts } from '../../../../dev/strategy/lint/facts.ts';
import { type HttpCacheOptions, httpRoute } from '../../../../src/http-cache/options.ts';
import type { Source } from '../../../../src/invalidation/sources.ts';
import { defineStrategy, type StrategyDefinition } from '../../../../src/strategy/define.ts';
import type { Events } from '../../../../src/strategy/event.ts';
import { entryOf } from './definitions.ts';

// What workerd has, and Node not yet: names of leases are made with it.
Object.assign(Uint8Array.prototype, {
  toBase64(this: Uint8Array) {
    return Buffer.from(this).toString('base64url');
  },
});

/** A strategy and what is around it, as a team has written it. */
export interface Given
  extends Pick<Partial<StrategyDefinition<Events>>, 'classes' | 'events' | 'silences' | 'budget'> {
  readonly httpCaches?: readonly HttpCacheOptions[];
  readonly sources?: Readonly<Record<string, Source>>;
  readonly routes?: readonly Pick<RouteEntry, 'method' | 'path' | 'is' | 'class' | 'events'>[];
  readonly secrets?: readonly string[];
}

/** As its Worker says it. */
export async function lintFactsOf({
  httpCaches = [],
  sources = {},
  routes = [],
  secrets = [],
  ...given
}: Given): Promise<LintFacts> {
  const strategy = defineStrategy({ classes: [], events: {}, ...given } as StrategyDefinition<Events>);
  const caches = httpCaches.map((it) => httpRoute(it).cls);
  return {
    ...(await factsOf(strategy, caches, sources)),
    routes: routes.map((it) => ({ query: [], tags: [], ...it })),
    entries: [...strategy.classes.values(), ...caches].map(entryOf),
    secrets,
  };
}
