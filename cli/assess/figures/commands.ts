import { billed } from '../../../src/engine/redis-commands.ts';

/** Of a tenant's entry with one tag of its own: its tenant, its class, its class everywhere, that tag. */
const generationNames = ['tenant', 'class', 'class everywhere', 'tag'];

const lease = { generationNames, takeLock: true };
const fill = { captured: generationNames, uncaptured: null };
const receipt = { names: { lists: ['tenant', 'open'] } };
const purge = { generationNames: ['tag'], lastName: 'last', mode: 'hard', receipt };

/** Commands as Upstash bills them, by the engine's own estimate: a script is one, and so is each that it runs. Isolate memory, which saves some, is not counted. */
export const commandsPer = {
  /** One `MGET`. */
  hit: 1,
  /** `MGET`, lease, fill. */
  miss: 1 + billed('lease', [lease], { granted: true }) + billed('fill', [fill], undefined),
  /** Acceptance, the purge, verification. */
  write:
    billed('accept', [receipt], undefined) +
    billed('purge', [purge], undefined) +
    billed('verify', [], undefined),
} as const;
