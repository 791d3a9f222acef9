import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../../../dev/bundle.ts';
import { rules, UNUSED_SILENCE } from '../../../../dev/strategy/lint/rules.ts';

test('docs/strategy-lint.md has a row for each rule, and no other', async () => {
  const page = await readFile(join(root, 'docs/strategy-lint.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, id]) => id);
  expect(rows).toEqual([...Object.keys(rules), UNUSED_SILENCE]);
});
