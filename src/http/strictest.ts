import { type Directives, parseCacheControl } from './cache-control.ts';

/**
 * `Cache-Control` (RFC 9111 §5.2.2) of an answer that is made of two: what one of them forbids is forbidden, what it allows both must
 * allow, and it is fresh for as long as both of them are.
 */
export function strictest(a: string, b: string): string {
  if (a === b) return a;
  const both = [parseCacheControl(a), parseCacheControl(b)];
  const forbidden = forbidding.filter((name) => both.some((it) => it.has(name)));
  if (forbidden.includes('no-store')) return 'no-store';
  const allowed = allowing.filter((name) => both.every((it) => it.says(name)));
  // One that does not say how long is not fresh.
  const lifetimes = [
    ['max-age', both.map((it) => it.ms('max-age') ?? 0)],
    ...(both.some((it) => it.has('s-maxage')) ? [['s-maxage', both.map(sharedMs)] as const] : []),
    ...staleWindows
      .filter((name) => both.every((it) => it.has(name)))
      .map((name) => [name, both.map((it) => it.ms(name) ?? 0)] as const),
  ] as const;
  const seconds = lifetimes.map(([name, ms]) => `${name}=${Math.min(...ms) / 1000}`);
  return [...allowed, ...forbidden, ...seconds].join(', ');
}

/** §5.2.2.10: for shared caches it goes before `max-age`. */
const sharedMs = (it: Directives) => it.ms('s-maxage') ?? it.ms('max-age') ?? 0;

const forbidding = [
  'no-store',
  'private',
  'no-cache',
  'must-revalidate',
  'proxy-revalidate',
  'must-understand',
  'no-transform',
];
const allowing = ['public', 'immutable'];
/** RFC 5861. */
const staleWindows = ['stale-while-revalidate', 'stale-if-error'];
