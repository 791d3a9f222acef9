import type { GaugeId } from '../telemetry/catalogue.ts';
import type { RollUpState } from './state.ts';

/** How each gauge stood when the cron last ran; null: nobody says. */
export const gaugesOf = ({ rolledUpMs, memory }: RollUpState): Readonly<Record<GaugeId, number | null>> => ({
  rolled_up: rolledUpMs === 0 ? null : rolledUpMs / 1000,
  redis_memory_used: memory?.usedBytes ?? null,
  redis_memory_limit: memory?.limitBytes ?? null,
});
