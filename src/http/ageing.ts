import { MOST_SECONDS } from './cache-control.ts';

/** Quoted text, in which nothing counts; or a member that says how long an answer is fresh. */
const member = /"(?:[^"\\]|\\.)*"?|((?:^|,)[ \t]*(?:max-age|s-maxage)=("?))(\d+)\2(?=[ \t]*(?:,|$))/gi;

/**
 * RFC 9111 §4.2.1: `Cache-Control` by the `Age` beside it, in seconds, so that an answer is fresh for as long as it says from
 * when it is sent, however long it was stored here. The last one is remembered: hits of one second have the same.
 */
export function ageing(cacheControl: string): (ageS: number) => string {
  let last = { ageS: 0, text: cacheControl };
  const sum = (ageS: number) => (all: string, before: string | undefined, quote: string, seconds: string) =>
    before === undefined ? all : before + Math.min(Number(seconds) + ageS, MOST_SECONDS) + quote;
  return (ageS) => {
    if (last.ageS !== ageS) last = { ageS, text: cacheControl.replace(member, sum(ageS)) };
    return last.text;
  };
}
