import { dollars, duration } from '../../../src/console/format.ts';
import type { Assessment, RouteAssessment, Verdict } from '../assessment.ts';

/** Verdicts as people read them. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  cache: 'cache',
  'per-tenant': 'per tenant',
  'per-user': 'per user',
  no: "don't",
};

export const money = (n: number): string => (n < 0 ? `-${dollars(-n)}` : dollars(n));

export const isWorthIt = ({ verdict }: RouteAssessment): boolean => verdict !== 'no';

/** `2015-05-17 10:05 to 2015-05-20 21:05 UTC`. */
export function spanText({ from, to }: Assessment): string {
  const minute = (iso: string) => iso.slice(0, 16).replace('T', ' ');
  return from === null || to === null ? 'no time' : `${minute(from)} to ${minute(to)} UTC`;
}

/** What is told of a month, and how long the log is that tells it. */
export function monthText({ from, to }: Assessment): string {
  const length = from === null || to === null ? 0 : Date.parse(to) - Date.parse(from);
  return `A month is 30 days of traffic as in the log, which covers ${duration(length)}.`;
}

/** Of the requests that went to these routes, the share that the cache answers. */
export function savedShare({ total }: Assessment): number {
  const all = total.origin_requests + total.origin_requests_saved;
  return all === 0 ? 0 : total.origin_requests_saved / all;
}

/** What the figures of money rest on. */
export const assumption = (isAssumed: boolean): string =>
  isAssumed
    ? 'The origin’s price is an assumption: AWS Lambda with 1 GB, and $0.09 for each GB sent. Yours is --origin-price, dollars for a million requests.'
    : 'The origin’s price is the one that was given by --origin-price.';
