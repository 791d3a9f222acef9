import { type LogLine, Sign } from '../log-line.ts';

/** In which columns methods are counted; whatever else a log says is `other`. */
export const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'other',
] as const;

const OTHER = METHODS.length - 1;

const columnOf = (method: string): number => {
  const column = METHODS.indexOf(method as (typeof METHODS)[number]);
  return column < 0 ? OTHER : column;
};

export const SIGNS = [
  ['cookie', Sign.cookie],
  ['authorization', Sign.authorization],
  ['private', Sign.private],
  ['public', Sign.public],
  ['set_cookie', Sign.setCookie],
] as const;

/** What is counted of a route whatever the order of its lines. */
export class RouteCounts {
  requests = 0;
  writes = 0;
  /** Candidates whose duration is logged, and all these durations. */
  timed = 0;
  durationMs = 0;
  readonly methods: number[] = METHODS.map(() => 0);
  /** Candidates that bear each sign, and those whose log would say so. */
  readonly signs: number[] = SIGNS.map(() => 0);
  readonly told: number[] = SIGNS.map(() => 0);

  count(line: LogLine, isCandidate: boolean, tells: number): void {
    this.requests++;
    this.methods[columnOf(line.method)]!++;
    if (!isCandidate) return;
    if (line.durationMs >= 0) {
      this.timed++;
      this.durationMs += line.durationMs;
    }
    // A line that has a sign tells of it, whatever its format is known to say.
    const told = tells | line.signs;
    if (told === 0) return;
    for (let at = 0; at < SIGNS.length; at++) {
      const bit = SIGNS[at]![1];
      if ((told & bit) !== 0) this.told[at]!++;
      if ((line.signs & bit) !== 0) this.signs[at]!++;
    }
  }

  add(other: RouteCounts): void {
    this.requests += other.requests;
    this.writes += other.writes;
    this.timed += other.timed;
    this.durationMs += other.durationMs;
    for (const column of ['methods', 'signs', 'told'] as const)
      for (let at = 0; at < this[column].length; at++) this[column][at]! += other[column][at]!;
  }
}

/** A cache could answer it. */
export const isCandidate = ({ method, status }: LogLine): boolean =>
  method === 'GET' && (status === 200 || status === 304);

/** It changed something: every key with its path is purged. */
export const isWrite = ({ method, status }: LogLine): boolean =>
  status < 400 && (method === 'POST' || method === 'PUT' || method === 'PATCH' || method === 'DELETE');
