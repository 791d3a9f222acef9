import { type Answer, type Case, cached, type Expect, type Fields, fetched, get, later } from './case.ts';

interface Pattern {
  /** Of every request. */
  readonly headers?: Fields;
  readonly expect?: Partial<Expect>;
}

/** The answer is stored, and the next request is answered with it. */
export const stored = (
  id: string,
  rfc: string,
  must: string,
  answer: Answer,
  { headers = {}, expect = {} }: Pattern = {},
): Case => ({
  id,
  rfc,
  must,
  origin: [answer],
  steps: [get(fetched({ stored: true }), headers), get(cached(1, expect), headers)],
});

/** The answer is passed on, and the next request goes to the origin again. */
export const notStored = (
  id: string,
  rfc: string,
  must: string,
  answer: Answer,
  { headers = {}, expect = {} }: Pattern = {},
): Case => ({
  id,
  rfc,
  must,
  origin: [answer, answer],
  steps: [get(fetched({ stored: false, ...expect }), headers), get(fetched(), headers)],
});

/** Stored or not, the answer is not used again without asking: its freshness is not to be relied on. */
export const notFresh = (id: string, rfc: string, must: string, answer: Answer): Case => ({
  id,
  rfc,
  must,
  origin: [answer, answer],
  steps: [get(fetched()), get(fetched())],
});

/** The answer is used for exactly so many seconds. */
export const freshFor = (id: string, rfc: string, must: string, seconds: number, answer: Answer): Case => ({
  id,
  rfc,
  must,
  origin: [answer, answer],
  steps: [get(fetched()), later(seconds - 1), get(cached(1, { ttl: 1 })), later(1), get(fetched())],
});

/** Whatever the answer is worth, it is not used for longer than so many seconds. */
export const atMost = (id: string, rfc: string, must: string, seconds: number, answer: Answer): Case => ({
  id,
  rfc,
  must,
  origin: [answer, answer],
  steps: [get(fetched()), later(seconds), get(fetched())],
});
