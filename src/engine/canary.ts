import { hardOf } from '../store/generation.ts';
import type { Meter } from '../telemetry/meter.ts';

interface CanaryOptions {
  readonly name: string;
  readonly meter: Meter;
  /** Between two looks. */
  readonly everyMs: number;
}

/**
 * How soon this isolate sees purges: a generation that nothing is stored under rides in an MGET now and then, and the cron replaces it as a purge
 * would. What it was at each look is told with what the isolate counts.
 */
export class Canary {
  readonly #options: CanaryOptions;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(options: CanaryOptions) {
    this.#options = options;
  }

  /** The name that an MGET sent now carries as well; null: it looked a moment ago. */
  nameToLook(nowMs: number): string | null {
    const { name, everyMs } = this.#options;
    const sinceMs = nowMs - this.#lookedMs;
    if (sinceMs >= 0 && sinceMs < everyMs) return null;
    this.#lookedMs = nowMs;
    return name;
  }

  /** `generation`: as that MGET brought it; undefined: it was not answered, and the next one looks. */
  looked(generation: string | null | undefined, nowMs: number): void {
    if (generation === undefined) {
      this.#lookedMs = Number.NEGATIVE_INFINITY;
      return;
    }
    const canary = generation === null ? MISSING : hardOf(generation);
    if (madeMsOf(canary) !== null) this.#options.meter.saw(canary, nowMs);
  }
}

const MISSING = '0-missing';

/** A canary's name says when its purge was accepted, so that they have an order in whatever isolate. `nonce`: as of any generation. */
export const canaryNamed = (acceptedMs: number, nonce: string): string => `${acceptedMs}-${nonce}`;

/** When it was made, by the clock of who made it; null: it is none of ours. Missing counts as made long ago: it is valid for nothing that was stored. */
export function madeMsOf(canary: string): number | null {
  const [, ms] = /^(\d{1,15})-[\w-]{1,40}$/.exec(canary) ?? [];
  return ms === undefined ? null : Number(ms);
}
