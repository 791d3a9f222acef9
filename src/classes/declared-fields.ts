import * as z from 'zod';

/** Names of fields that a class's `value` declares, wherever they stand in it: a key of that name is no data. Behind `z.lazy` none is seen. */
export function declaredFields(value: z.ZodType | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<unknown>();
  visit(value);
  return names;

  function visit(it: unknown): void {
    if (typeof it !== 'object' || it === null || seen.has(it)) return;
    seen.add(it);
    if (it instanceof z.ZodObject) for (const name of Object.keys(it.shape)) names.add(name);
    Object.values(it instanceof z.ZodType ? it.def : it).forEach(visit);
  }
}
