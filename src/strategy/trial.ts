/** What a request is counted as while a class is switched on. */
export interface Trial {
  readonly className: string;
  /** The step that it belongs to: what is counted of another one says nothing of this. */
  readonly step: string;
  /** `on`: the cache answers. `control`: the origin does, for who is not in the percentage. `shadow`: it does for all. */
  readonly arm: Arm;
  /** Which unit it is of, such as a tenant. */
  readonly unit: string;
}

/** Which step of a version of a class, by what that stores and since when it is switched so. */
export const stepName = (fingerprint: string, sinceMs: number): string => `${fingerprint}@${sinceMs}`;

export const arms = ['on', 'control', 'shadow'] as const;
export type Arm = (typeof arms)[number];

/** How an answer of the cache compares with the origin's. `leak`: it is somebody else's. */
export const trialResults = ['equal', 'differs', 'stale', 'leak'] as const;
export type TrialResult = (typeof trialResults)[number];

/** What a shadow would have saved. */
export interface Saved {
  /** Answers that would have been hits, which the origin would not have been asked for. */
  readonly hits: number;
  /** Time of its answers, in milliseconds, and bytes of them. */
  readonly ms: number;
  readonly bytes: number;
  /** Commands that Redis would have been sent for them. */
  readonly commands: number;
}

/** What was counted of one arm of one step. All of it adds up. */
export interface ArmFigures {
  readonly requests: number;
  readonly errors: number;
  /** Of the time to the answer, in milliseconds: its sum, and that of its squares. */
  readonly sumMs: number;
  readonly sumSquaredMs: number;
  /** A bitmap of units, as hexadecimal digits (units.ts): merged by OR. */
  readonly units: string;
  readonly compared: Readonly<Record<TrialResult, number>>;
  readonly saved: Saved;
  /** Where answers differed, the first few: paths of fields, never what is there. */
  readonly at: readonly string[];
}

export interface TrialFigures extends ArmFigures {
  readonly className: string;
  readonly step: string;
  readonly arm: Arm;
}

/** Each of these counts added to that of the others, or taken from it. */
export function added<K extends string>(
  counts: Readonly<Record<K, number>>,
  others: Readonly<Record<NoInfer<K>, number>>,
  sign: 1 | -1 = 1,
): Record<K, number> {
  const sums: Record<K, number> = { ...counts };
  for (const key of Object.keys(counts) as K[]) sums[key] = others[key] + sign * counts[key];
  return sums;
}
