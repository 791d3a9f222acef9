import { describe, expect, test } from 'vitest';
import { parse } from '../../../cli/args/parse.ts';
import { drillCommand, drillOptions } from '../../../cli/drill/options.ts';

const secret = `whsec_${'a'.repeat(32)}`;
const env = { DRILL_TOKEN: 'a', DRILL_OTHER_TOKEN: 'b, c', STILLFRESH_TOKEN: 'an-admin-token' };

const optionsOf = (flags: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  drillOptions(parse(drillCommand, flags).values!, { env: { ...env, ...more }, now: () => 0 });
const namesOf = (...flags: readonly string[]) => optionsOf(flags).drills.map(({ name }) => name);

describe('what is run', () => {
  const safe = [
    ...['stale-read-after-purge', 'purge-race', 'permission-stale-read', 'permission-leak', 'stampede'],
    ...['conditional-requests', 'header-poisoning', 'webhook-round-trip'],
  ];

  test('by default all that disturbs nobody', () => {
    expect(namesOf()).toEqual(safe);
  });

  test('by --allow what disturbs others, too', () => {
    expect(namesOf('--allow', 'kill-switch', '--allow', 'large-stampede')).toEqual([
      ...safe,
      ...['large-stampede', 'kill-switch'],
    ]);
  });

  test('by --only nothing else; one that disturbs others is named twice', () => {
    expect(namesOf('--only', 'stampede')).toEqual(['stampede']);
    expect(namesOf('--only', 'kill-switch', '--allow', 'kill-switch')).toEqual(['kill-switch']);
  });
});

test('tokens come from the environment, or from flags, which win', () => {
  expect(optionsOf([])).toMatchObject({
    token: 'a',
    otherTokens: ['b', 'c'],
    at: { token: 'an-admin-token' },
  });
  const flags = ['--token', 'x', '--other-token', 'y', '--other-token', 'z', '--admin-token', 'w'];
  expect(optionsOf(flags)).toMatchObject({
    ...{ token: 'x', otherTokens: ['y', 'z'] },
    at: { token: 'w', tokenFrom: '--admin-token' },
  });
});

test('a webhook is signed where the secret of its source is there', () => {
  expect(optionsOf([]).hook).toBeNull();
  expect(optionsOf([], { HOOK_SECRET_APP: secret }).hook!.sign('{}').headers).toHaveProperty(
    'webhook-signature',
    expect.stringMatching(/^v1,/),
  );
  expect(optionsOf(['--source', 'our-app'], { HOOK_SECRET_OUR_APP: secret }).hook).toMatchObject({
    source: 'our-app',
  });
});

describe('refused, with the flag and the mend', () => {
  test.each<readonly [flags: readonly string[], says: RegExp, env: Readonly<Record<string, string>>]>([
    [
      ['--only', 'stampedes'],
      /--only stampedes: there is no such drill; there are stale-read-after-purge/,
      {},
    ],
    [['--only', 'kill-switch'], /--only kill-switch: it disturbs others .*; say --allow kill-switch too/, {}],
    [['--allow', 'everything'], /--allow everything: there is no such drill/, {}],
    [['--allow', 'degraded-redis'], /--redis-faults is missing: degraded-redis needs a gateway/, {}],
    [['--redis-faults', 'x'], /--redis-faults: give a URL/, {}],
    [['--canary', 'v1'], /--canary v1: give a path such as \/v1\/canary/, {}],
    [['--path', 'https://elsewhere.test/'], /--path https:.*: give a path such as/, {}],
    [['--path', '/a b'], /--path "\/a b": give a path/, {}],
    [['--patience', 'soon'], /--patience soon: give a whole number and s, m, h or d/, {}],
    [['--patience', '1h'], /--patience 1h: give a time from 1s to 10m/, {}],
    [['--source', 'A B'], /--source "A B": give the name of a source/, {}],
    [[], /HOOK_SECRET_APP: the secret/, { HOOK_SECRET_APP: 'whsec_?' }],
    [[], /--token is missing: give the token of a user, or set DRILL_TOKEN/, { DRILL_TOKEN: ' ' }],
    [[], /--other-token is missing: .* or set DRILL_OTHER_TOKEN/, { DRILL_OTHER_TOKEN: ',' }],
    [[], /--other-token: give at most 4/, { DRILL_OTHER_TOKEN: 'a,b,c,d,e' }],
    [['--token', 'a b'], /--token holds what no token has/, {}],
    [[], /there is no admin token: set STILLFRESH_TOKEN/, { STILLFRESH_TOKEN: '' }],
    [['stampede'], /it takes flags only; a drill is named by --only/, {}],
  ])('%j', (flags, says, more) => {
    expect(() => optionsOf(flags, more)).toThrow(says);
  });
});
