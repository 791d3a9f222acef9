import { expect, test } from 'vitest';
import { root } from '../../../../dev/bundle.ts';
import { describeWorker } from '../../../../dev/describe.ts';
import { findingsIn } from '../../../../dev/strategy/lint/findings.ts';

test('the demo has nothing to mend, and says why of what is meant; wrangler.toml names the secret of each source', async () => {
  const description = await describeWorker({ settings: {}, devVars: {} });
  const findings = await findingsIn(root, description, description.strategy!, { settings: {} });
  expect(findings.map(({ rule, place, silenced, at }) => [rule, place, silenced !== null, at])).toEqual([
    ['tag-never-purged', 'class account', true, expect.stringMatching(/^routes\/strategy\.ts:\d+$/)],
    [
      'access-caps-stale-if-error',
      'class analytics',
      true,
      expect.stringMatching(/^routes\/strategy\.ts:\d+$/),
    ],
  ]);
});
