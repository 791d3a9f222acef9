import type { RouteAssessment } from '../assessment.ts';

/** What the routes of a report can be sorted by, the greatest first. */
const measures = {
  requests: ({ requests }: RouteAssessment) => requests,
  hits: ({ knee }: RouteAssessment) => knee?.hits ?? 0,
  memory: ({ estimate }: RouteAssessment) => estimate.memory_bytes,
  saving: ({ estimate }: RouteAssessment) => estimate.origin_saving,
} as const;

export type Order = keyof typeof measures;
export const orders = Object.keys(measures) as [Order, ...Order[]];

/** Routes of the same measure stay as they stand. */
export const inOrder = (routes: readonly RouteAssessment[], order: Order): readonly RouteAssessment[] =>
  routes.toSorted((a, b) => measures[order](b) - measures[order](a));
