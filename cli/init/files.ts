import { hooksFile } from './code/hooks-file.ts';
import { indexFile, routeFiles } from './code/route-files.ts';
import { strategyFile } from './code/strategy-file.ts';
import type { Plan } from './plan.ts';

/** What is written into `routes/`, by file. */
export function filesOf(plan: Plan): ReadonlyMap<string, string> {
  const routes = routeFiles(plan);
  const hooks = hooksFile(plan);
  return new Map([
    ['strategy.ts', strategyFile(plan)],
    ...routes.map(({ file, text }) => [file, text] as const),
    ...(hooks === null ? [] : [['hooks.ts', hooks] as const]),
    ['index.ts', indexFile(routes, hooks !== null)],
  ]);
}
