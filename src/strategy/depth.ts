import { bounds } from '../bounds.ts';
import type { FieldError } from './field-errors.ts';

/** What is wrong with JSON that no schema should walk into; `whole` names it. Level by level: to count must not fail as they would. */
export function tooDeep(given: unknown, whole: string): FieldError[] | null {
  let level = [given];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > bounds.jsonLevels)
      return [{ field: whole, detail: `must not be nested more than ${bounds.jsonLevels} levels deep` }];
    level = level.flatMap((it) => (typeof it === 'object' && it !== null ? Object.values(it) : []));
  }
  return null;
}
