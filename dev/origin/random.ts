/** A small generator of numbers that only look random: the same seed gives the same demo data on every machine. */
export interface Random {
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** From 0 up to 1, which it never is. */
  fraction(): number;
  pick<T>(choices: readonly T[]): T;
}

/** Marsaglia's xorshift with 32 bits of state: enough for demo data, for nothing else. */
export function seededRandom(seed: number): Random {
  let state = seed | 0 || 1; // a state of zero would stay zero
  function next(): number {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  }
  function between(low: number, high: number): number {
    return low + Math.floor(next() * (high - low + 1));
  }
  return { between, fraction: next, pick: (choices) => choices[between(0, choices.length - 1)]! };
}
