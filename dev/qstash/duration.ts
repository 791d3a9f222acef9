const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `1d10h30m` in milliseconds; undefined for what is none. */
export function durationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?[smhd])+$/.test(text)) return undefined;
  let total = 0;
  for (const [, value, unit] of text.matchAll(/([\d.]+)([smhd])/g)) total += Number(value) * UNIT_MS[unit!]!;
  return total;
}
