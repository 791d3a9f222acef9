/**
 * `Server-Timing` (W3C), in the order given: `redis;dur=1.2, origin;dur=34, total;dur=40`. Names are tokens, times
 * milliseconds; what did not happen is `undefined` and left out. `null` when there is nothing to say.
 */
export function serverTiming(durationsMs: Readonly<Record<string, number | undefined>>): string | null {
  const said: string[] = [];
  for (const [name, ms] of Object.entries(durationsMs)) {
    if (ms !== undefined) said.push(`${name};dur=${Math.round(ms * 10) / 10}`);
  }
  return said.length > 0 ? said.join(', ') : null;
}
