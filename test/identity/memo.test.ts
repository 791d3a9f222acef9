import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/identity/identity.ts';
import { createRecentTokens, createTokenMemo } from '../../src/identity/memo.ts';
import { createClock, start } from './issuer.ts';

const identity = (user: string): Identity => ({
  tenant: 'acme',
  user,
  roles: [],
  principal: { tenant: 't', user },
});
const verified = (user: string, lifeMs: number) => ({
  identity: identity(user),
  expiresAtMs: start + lifeMs,
});

describe('memo of verified tokens', () => {
  it('asks the clock at every use', () => {
    const clock = createClock();
    const memo = createTokenMemo({ capacity: 2, trustMs: 60_000, now: clock.now });
    memo.remember('a', verified('ann', 1_000));
    clock.advance(999);
    expect(memo.recall('a')?.identity.user).toBe('ann');
    clock.advance(1);
    expect(memo.recall('a')).toBeUndefined();
  });

  it('trusts no token longer than `trustMs`', () => {
    const clock = createClock();
    const memo = createTokenMemo({ capacity: 2, trustMs: 60_000, now: clock.now });
    memo.remember('a', verified('ann', Number.POSITIVE_INFINITY));
    clock.advance(60_000);
    expect(memo.recall('a')).toBeUndefined();
  });

  it('forgets the least recently used beyond its capacity', () => {
    const memo = createTokenMemo({ capacity: 2, trustMs: 60_000, now: () => start });
    memo.remember('a', verified('ann', 1_000));
    memo.remember('b', verified('bob', 1_000));
    memo.recall('a');
    memo.remember('c', verified('cy', 1_000));
    expect(memo.recall('b')).toBeUndefined();
    expect(memo.recall('a')?.identity.user).toBe('ann');
    expect(memo.recall('c')?.identity.user).toBe('cy');
  });
});

describe('tokens of the last seconds', () => {
  it('asks the clock at every use', () => {
    const clock = createClock();
    const recent = createRecentTokens({ capacity: 2, trustMs: 60_000, now: clock.now });
    recent.remember('Bearer a', verified('ann', 1_000));
    clock.advance(999);
    expect(recent.recall('Bearer a')?.identity.user).toBe('ann');
    clock.advance(1);
    expect(recent.recall('Bearer a')).toBeUndefined();
  });

  it('forgets all of them after `trustMs`, however often they were used, and after a clock that was set back', () => {
    const clock = createClock();
    const recent = createRecentTokens({ capacity: 2, trustMs: 5_000, now: clock.now });
    for (const ms of [5_000, -1]) {
      recent.remember('Bearer a', verified('ann', 60_000));
      recent.recall('Bearer a');
      clock.advance(ms);
      expect(recent.recall('Bearer a')).toBeUndefined();
    }
  });

  it('starts anew beyond its capacity', () => {
    const recent = createRecentTokens({ capacity: 2, trustMs: 5_000, now: () => start });
    for (const user of ['ann', 'bob', 'cy']) recent.remember(`Bearer ${user}`, verified(user, 1_000));
    expect(recent.recall('Bearer ann')).toBeUndefined();
    expect(recent.recall('Bearer cy')?.identity.user).toBe('cy');
  });
});
