import { hookSecretName } from '../../src/invalidation/hook-secrets.ts';
import type { RouteEntry } from '../description.ts';
import { Refusal } from '../refusal.ts';
import type { ClassFacts, StrategyFacts } from './facts.ts';
import type { LintFacts, Silences } from './lint/facts.ts';

/** What is known outside of the Worker's own code. */
export interface Around {
  readonly routes: readonly RouteEntry[];
  /** Names of settings that are given here, or that whoever deploys is told of. */
  readonly namesSetting: (name: string) => boolean;
}

/** The facts as the rules look at them. Throws a `Refusal` where silences are none. */
export function lintFactsOf(facts: StrategyFacts, { routes, namesSetting }: Around): LintFacts {
  const [classes, httpCaches] = (['class', 'http-cache'] as const).map((is) =>
    facts.classes
      .filter((it) => it.is === is)
      .map((it) => ({
        ...it,
        access: { says: it.access, reads: it.reads },
        silences: silencesOf(`class ${it.name}`, it),
      })),
  );
  return {
    classes: classes!,
    httpCaches: httpCaches!,
    events: facts.events.map(({ purges, ...it }) => ({
      ...it,
      ...purges,
      silences: silencesOf(`event ${it.name}`, it),
    })),
    sources: facts.sources.map(({ name }) => {
      const setting = hookSecretName(name);
      return { name, setting, hasSecret: namesSetting(setting) };
    }),
    routes: routes.map((it) => ({ ...it, class: it.class ?? null })),
    silences: silencesOf('strategy', facts),
    budget: null,
  };
}

function silencesOf(where: string, { silences }: Pick<ClassFacts, 'silences'>): Silences {
  if (silences === undefined) return {};
  if (typeof silences !== 'object' || silences === null || Array.isArray(silences))
    throw new Refusal(`${where}: silences must be an object, { 'rule-id': 'why' }`);
  for (const [rule, why] of Object.entries(silences))
    if (typeof why !== 'string' || why.trim() === '')
      throw new Refusal(`${where}: silences['${rule}'] must say why it is meant; the document prints it`);
  return silences as Silences;
}
