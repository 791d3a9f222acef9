import type { Arm, ArmFigures, TrialFigures } from '../../src/strategy/trial.ts';
import { Units } from '../../src/telemetry/tally.ts';

/** What isolates have counted of an arm of a step, as the cron keeps it; a test says what matters to it. */
export function trialOf(
  step: Pick<TrialFigures, 'className' | 'step'>,
  arm: Arm,
  {
    requests = 1_000,
    meanMs = 40,
    units: count = 50,
    compared = {},
    saved = {},
    ...rest
  }: Partial<Pick<ArmFigures, 'requests' | 'errors' | 'at'>> & {
    readonly meanMs?: number;
    readonly units?: number;
    readonly compared?: Partial<ArmFigures['compared']>;
    readonly saved?: Partial<ArmFigures['saved']>;
  } = {},
): TrialFigures {
  const units = new Units();
  for (let i = 0; i < count; i += 1) units.add(`tenant-${i}`);
  return {
    ...step,
    ...{ arm, requests, errors: 0, at: [] },
    sumMs: requests * meanMs,
    // Each is a third of the mean away from it.
    sumSquaredMs: requests * meanMs ** 2 * (1 + 1 / 9),
    units: units.toText(),
    compared: { equal: 0, differs: 0, stale: 0, leak: 0, ...compared },
    saved: { hits: 0, ms: 0, bytes: 0, commands: 0, ...saved },
    ...rest,
  };
}
