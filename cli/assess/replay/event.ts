/** A candidate or a write, as the replay takes it. Filled anew for each. */
export interface ReplayEvent {
  timeMs: number;
  /** Which log it is of: at equal times those that were given first come first. */
  source: number;
  keyLo: number;
  keyHi: number;
  pathLo: number;
  pathHi: number;
  route: number;
  isWrite: boolean;
  /** Of the representation, without the key; -1: the line does not say, as one with status 304 does not. */
  bytes: number;
  /** Characters of the key. */
  keyLength: number;
  /** -1: the line does not say. */
  durationMs: number;
  /** 0: the line does not say. */
  etag: number;
}

export const blankEvent = (): ReplayEvent => ({
  timeMs: 0,
  source: 0,
  keyLo: 0,
  keyHi: 0,
  pathLo: 0,
  pathHi: 0,
  route: 0,
  isWrite: false,
  bytes: -1,
  keyLength: 0,
  durationMs: -1,
  etag: 0,
});
