import { UsageError } from '../../cli/failure.ts';
import type { Size } from './body.ts';

/** Each is a workerd of its own: what misses leave behind is collected at their cost, not at that of hits. */
export const workers = {
  bare: 'worker-bare.ts',
  handwritten: 'worker-handwritten.ts',
  l1: 'worker-l1.ts',
  l2: 'worker-l2.ts',
  miss: 'worker-l1.ts',
} as const;
export type WorkerName = keyof typeof workers;

/** A way in which a request is answered. */
export interface Variant {
  readonly name: string;
  readonly worker: WorkerName;
  readonly path: (size: Size, n: number) => string;
  /** In the head of each answer. */
  readonly expect: string;
  /** What it is compared with. */
  readonly baseline?: 'bare' | 'hand-written';
}

export const variants: readonly Variant[] = [
  { name: 'bare', worker: 'bare', path: (size) => `/documents/${size}/d1`, expect: 'application/json' },
  {
    name: 'L1 hit',
    worker: 'l1',
    path: (size) => `/trusted/${size}/d1`,
    expect: 'Stillfresh; hit',
    baseline: 'bare',
  },
  {
    name: 'HTTP cache hit',
    worker: 'l1',
    path: (size) => `/documents/${size}/d1`,
    expect: 'Stillfresh; hit',
    baseline: 'bare',
  },
  {
    name: 'hand-written',
    worker: 'handwritten',
    path: (size) => `/documents/${size}/d1`,
    expect: 'application/json',
  },
  {
    name: 'L1 revalidation',
    worker: 'l1',
    path: (size) => `/validated/${size}/d1`,
    expect: 'Stillfresh; hit',
    baseline: 'hand-written',
  },
  {
    name: 'L2 hit',
    worker: 'l2',
    path: (size) => `/trusted/${size}/d1`,
    expect: 'Stillfresh; hit',
    baseline: 'hand-written',
  },
  {
    name: 'HTTP cache L2 hit',
    worker: 'l2',
    path: (size) => `/documents/${size}/d1`,
    expect: 'Stillfresh; hit',
    baseline: 'hand-written',
  },
  {
    name: 'miss',
    worker: 'miss',
    path: (size, n) => `/missed/${size}/m${n}`,
    expect: 'fwd=uri-miss; stored',
    baseline: 'hand-written',
  },
];

/** Those with this text in their name. */
export function chosenBy(only: string): readonly Variant[] {
  const chosen = variants.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()));
  if (chosen.length === 0)
    throw new UsageError(
      `--only ${only}: no variant has that in its name; there are ${variants.map(({ name }) => name).join(', ')}`,
    );
  return chosen;
}

/** As browsers and Cloudflare's own network ask, and as a client does that decodes nothing. */
export const encodings = ['gzip', 'identity'] as const;
export type Encoding = (typeof encodings)[number];
