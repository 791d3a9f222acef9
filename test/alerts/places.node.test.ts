import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { placeOf } from '../../src/alerts/names.ts';
import { defaultAlerts } from '../../src/strategy/default-alerts.ts';
import { root } from '../dev/dev-command.ts';

const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');

test.each([...Object.keys(defaultAlerts), 'not-rolled-up'])(
  'docs/operations.md says what to do about %s',
  (name) => {
    expect(page).toContain(`\n### ${name}\n`);
  },
);

test('an alert leads to its place there, a team’s own to where alerts are told of', () => {
  expect(placeOf('hit-rate')).toBe('docs/operations.md#hit-rate');
  expect(placeOf('of-ours')).toBe('docs/operations.md#alerts');
  expect(page).toContain('\n## Alerts\n');
});
