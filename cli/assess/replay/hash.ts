import { mixed } from '../../../src/hash.ts';

/** 64 bits of a target's path, and 64 of all of it. One object for all lines: there may be a hundred million. */
export interface TargetHash {
  pathLo: number;
  pathHi: number;
  keyLo: number;
  keyHi: number;
  /** Where the query begins; the target's length where there is none. */
  pathEnd: number;
}

const QUERY = 0x3f;

/**
 * Two targets with one hash would be taken for one: among 5 million that happens in one log of a million. Two lanes of 32 bits, because a BigInt would
 * cost more than the rest of a line. `seed` chooses another sample of the keys.
 */
export function hashTarget(target: string, into: TargetHash, seed = 0): void {
  const length = target.length;
  let lo = 0x9e3779b9 ^ seed;
  let hi = 0x85ebca6b ^ Math.imul(seed, 0x27d4eb2f);
  let at = 0;
  for (; at < length; at++) {
    const code = target.charCodeAt(at);
    if (code === QUERY) break;
    lo = Math.imul(lo ^ code, 0x01000193);
    lo = (lo << 13) | (lo >>> 19);
    hi = Math.imul((hi << 5) | (hi >>> 27), 0x9e3779b1) ^ code;
  }
  into.pathEnd = at;
  into.pathLo = mixed(lo ^ at) | 0;
  into.pathHi = mixed(hi + into.pathLo) | 0;
  for (; at < length; at++) {
    const code = target.charCodeAt(at);
    lo = Math.imul(lo ^ code, 0x01000193);
    lo = (lo << 13) | (lo >>> 19);
    hi = Math.imul((hi << 5) | (hi >>> 27), 0x9e3779b1) ^ code;
  }
  into.keyLo = mixed(lo ^ length) | 0;
  into.keyHi = mixed(hi + into.keyLo) | 0;
}

/** 32 bits of an entity tag, never 0. Two that differ are taken for the same once in 4 billion. */
export function hashTag(tag: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < tag.length; at++) hash = Math.imul(hash ^ tag.charCodeAt(at), 0x01000193);
  return mixed(hash) | 0 || 1;
}
