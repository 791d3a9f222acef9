import * as z from 'zod';
import type { Told } from '../../../dev/strategy/told.ts';
import type { Mapping } from '../../../src/invalidation/sources.ts';
import { events, held, rates, report, reports } from './lint/definitions.ts';
import { type Given, lintFactsOf } from './lint/facts-of.ts';

export const application = {
  ...{ name: 'Reports', purpose: 'for a test', stack: 'a', data: 'reports', traffic: 'little' },
  ...{
    freshness: 'minutes',
    failureTolerance: 'some',
    pain: 'none',
    tenancy: 'by token',
    operations: 'nobody',
  },
};

export const mapping: Mapping = { event: 'report_changed', shape: z.unknown(), map: () => null };

/** A small strategy, as its Worker says it; `more`: what a team has written otherwise. */
export async function toldOf(more: Given = {}, of: Partial<Told> = {}): Promise<Told> {
  const facts = await lintFactsOf({
    classes: [report(), reports(), held(), rates()],
    events,
    httpCaches: [{ name: 'site', origin: 'https://www.example.com' }],
    sources: { app: { scheme: 'standard', events: { changed: mapping } } },
    ...more,
  });
  return { application, facts, routes: [], alerts: [], findings: [], ...of };
}
