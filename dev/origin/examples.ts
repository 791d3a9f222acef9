/** What the demo origin has, by the names that routes give their parameters, so that commands to try can be pasted. */
export const demoExamples: Readonly<Record<string, string>> = {
  dashboard_id: 'd1',
  invoice_id: 'inv_0001',
  user_id: 'ann',
  range: '2026-10',
  date_range: '2026-10',
  month: '2026-10',
};

/** What a write may say, by class. */
export const demoBodies: Readonly<Record<string, string>> = { invoice: '{"amount_cents":4200}' };
