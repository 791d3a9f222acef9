import * as z from 'zod';
import { Names } from '../../src/store/names.ts';
import type { DataClass } from '../../src/strategy/types.ts';
import type { ExampleNames, StrategyFacts } from './facts.ts';

/** The facts, with names of an entry of each class; by the engine itself, whose digests need workerd. */
export async function withExamples(
  facts: StrategyFacts,
  classes: readonly DataClass[],
): Promise<StrategyFacts> {
  const of = new Map(classes.map((cls) => [cls.name, cls]));
  const shown = facts.classes.map(async (it) => ({ ...it, example: await exampleOf(of.get(it.name)!) }));
  return { ...facts, classes: await Promise.all(shown) };
}

const ann = { tenant: 'acme', user: 'ann' };
/** Whatever a schema may ask for; the first that it takes is shown. */
const madeUp = [
  '2026-10',
  '2026-10-15',
  '1',
  'stripe',
  'a',
  'en',
  'open',
  'true',
  '/docs/start',
  '5f0c1c9e-2b7a-4d0e-8a55-0d8f7c3b9a10',
];

/** Null where a schema takes nothing of what was made up. */
async function exampleOf(cls: DataClass): Promise<ExampleNames | null> {
  const entries = cls.paramNames.map((name) => [name, madeUpFor(cls, name)] as const);
  const params = Object.fromEntries(entries.filter((it): it is readonly [string, string] => it[1] !== null));
  const { success, data } = cls.params.safeParse(params);
  if (!success) return null;
  const names = new Names('');
  const owner = cls.scope === 'public' ? null : ann;
  const { fullKey, key, generationNames } = await names.entry(cls, owner, data);
  return { params, key, lock: await names.lock(cls.name, fullKey), generations: generationNames };
}

function madeUpFor(cls: DataClass, name: string): string | null {
  const { params } = cls.definition;
  const field = params instanceof z.ZodObject ? (params.shape[name] as z.ZodType | undefined) : undefined;
  const own = name.endsWith('_id') ? `${name.slice(0, 1)}1` : `${name.replaceAll('_', '-')}-1`;
  const options = field instanceof z.ZodEnum ? field.options.map(String) : [];
  const isId = /(^|_)(id|number|slug)$/.test(name);
  const tries = [...options, ...(isId ? [own] : []), ...madeUp.slice(0, 2), own, ...madeUp.slice(2)];
  if (name === 'target') return '/docs/start';
  return tries.find((it) => field?.safeParse(it).success) ?? null;
}
