/** The sizes measured, by the name that stands in the path. */
export const sizes = { '1KB': 1_024, '100KB': 102_400 } as const;

export type Size = keyof typeof sizes;

/** JSON of exactly that many bytes, as an analytics API would answer: it compresses as such answers do, to about a fifth. */
export function bodyOf(bytes: number): string {
  const rows: string[] = [];
  const around = (note: string) => `{"rows":[${rows.join(',')}],"note":"${note}"}`;
  let length = around('').length;
  for (let i = 0; ; i += 1) {
    const row = JSON.stringify(rowOf(i));
    if (length + row.length + 1 > bytes) break;
    length += row.length + (i > 0 ? 1 : 0);
    rows.push(row);
  }
  return around('-'.repeat(bytes - length));
}

/** Without randomness: each run has the same body. */
function rowOf(i: number) {
  const mixed = Math.imul(i + 1, 2_654_435_761) >>> 0;
  return {
    day: `2026-${String((i % 12) + 1).padStart(2, '0')}-${String((i % 28) + 1).padStart(2, '0')}`,
    region: ['emea', 'amer', 'apac'][mixed % 3],
    plan: ['free', 'team', 'business'][(mixed >>> 4) % 3],
    revenue_cents: mixed % 9_999_991,
    active_users: (mixed >>> 8) % 4_000,
    churn: (mixed % 1_000) / 10_000,
  };
}
