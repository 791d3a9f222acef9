import { expect, test } from 'vitest';
import { Problem } from '../../src/http/problem.ts';
import { hookSecrets } from '../../src/invalidation/hook-secrets.ts';
import { schemes } from '../../src/invalidation/signature/schemes.ts';

const first = 'the-new-secret-of-the-app';
const second = 'the-old-secret-of-the-app';
const bytes = (text: string) => new TextEncoder().encode(text);

test('secrets of a source are those of its setting, several while one is rotated', () => {
  const env = { HOOK_SECRET_MY_APP: ` ${first} , ${second}`, HOOK_SECRET_STRIPE: 'another-one-altogether' };
  expect(hookSecrets(env, 'my-app', schemes.github)).toEqual([bytes(first), bytes(second)]);
});

test('the case of the setting does not matter', () => {
  expect(hookSecrets({ HOOK_SECRET_my_app: first }, 'my-app', schemes.github)).toEqual([bytes(first)]);
});

test.each([
  ['missing', {}, 'HOOK_SECRET_APP is missing'],
  ['empty', { HOOK_SECRET_APP: ' , ' }, 'HOOK_SECRET_APP is missing'],
  ['no text', { HOOK_SECRET_APP: 7 }, 'HOOK_SECRET_APP is missing'],
  ['too many', { HOOK_SECRET_APP: Array(5).fill(first).join() }, 'HOOK_SECRET_APP holds more than 4 secrets'],
  ['too short', { HOOK_SECRET_APP: `${first},short` }, 'HOOK_SECRET_APP: secret 2 is shorter'],
])('%s: says which setting and how to set it, never a secret', (_, env, says) => {
  const why = whyOf(() => hookSecrets(env, 'app', schemes.github));
  expect(why).toContain(says);
  expect(why).toContain("set it with 'wrangler secret put HOOK_SECRET_APP'");
  expect(why).not.toContain(first);
  const here = whyOf(() => hookSecrets({ ...env, ENVIRONMENT: 'development' }, 'app', schemes.github));
  expect(here).toMatch(/; set it in the environment or in \.dev\.vars$/);
});

function whyOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof Problem && error.code === 'misconfigured') return error.options.why ?? '';
    throw error;
  }
  throw new Error('it did not refuse');
}
