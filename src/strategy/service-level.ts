import * as z from 'zod';
import { durationForm, durationMs } from './duration.ts';
import { shareForm, shareOf } from './share.ts';
import { must } from './strategy-error.ts';
import type { Duration, Share } from './types.ts';

/** How soon purges are to be seen by all isolates: within so long, for so many of them, on each day. */
export interface ServiceLevelDefinition {
  /** From 1s to 5m. The figure is the canary's: of it up to 10 s are the time between two looks of an isolate. Default `15s`. */
  readonly visibleWithin?: Duration;
  /** Default `99%`. */
  readonly share?: Share;
}

export interface ServiceLevel {
  readonly targetMs: number;
  /** 0.99: of 100 purges one may take longer. */
  readonly share: number;
}

const visibleWithin = `write ${durationForm}, from 1s to 5m`;
const read = (parse: (text: string) => number, least: number, most: number) => (text: string) => {
  try {
    const value = parse(text);
    return value >= least && value <= most;
  } catch {
    return false;
  }
};

export const serviceLevelShape = z
  .strictObject(
    {
      visibleWithin: z
        .string(must(visibleWithin))
        .refine(read(durationMs, 1_000, 300_000), must(visibleWithin))
        .default('15s'),
      share: z
        .string(must(`write ${shareForm}`))
        .refine(read(shareOf, 0, 1), must(`write ${shareForm}`))
        .default('99%'),
    },
    must("write { visibleWithin: '15s', share: '99%' }"),
  )
  .transform(({ visibleWithin: within, share }) => ({ targetMs: durationMs(within), share: shareOf(share) }))
  .prefault({});
