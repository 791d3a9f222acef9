import type { Alert } from '../../src/strategy/alert-types.ts';
import type { Application } from '../../src/strategy/application.ts';
import type { RouteEntry } from '../description.ts';
import type { ClassFacts, StrategyFacts } from './facts.ts';
import type { Finding } from './lint/finding.ts';

/** All that the document is printed from. */
export interface Told {
  readonly application: Application;
  readonly facts: StrategyFacts;
  readonly routes: readonly RouteEntry[];
  readonly alerts: readonly Alert[];
  readonly findings: readonly Finding[];
}

/** One part of the document: Markdown below its heading. */
export type SectionText = (told: Told) => string;

/** `GET /v1/invoices/:invoice_id`, of each route that reads or writes the class. */
export const routesOf = ({ routes }: Told, { name }: ClassFacts): readonly RouteEntry[] =>
  routes.filter((it) => it.class === name);

export const routeText = ({ method, path, query }: RouteEntry): string => {
  const named = query.map((it) => `${it}=…`).join('&');
  return `${method === 'ALL' ? '' : `${method} `}${path}${named === '' ? '' : `?${named}`}`;
};
