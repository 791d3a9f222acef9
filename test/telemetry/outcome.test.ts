import { describe, expect, it } from 'vitest';
import { cacheStatusHeader } from '../../src/http/cache-status.ts';
import { type Outcome, outcomeFields } from '../../src/telemetry/outcome.ts';

describe('one outcome, said in the header and in the log', () => {
  it('a hit', () => {
    const outcome: Outcome = { kind: 'hit', layer: 'l1', ttlMs: 541_500, key: 'k' };
    expect(cacheStatusHeader(outcome)).toBe('Stillfresh; hit; ttl=541');
    expect(outcomeFields(outcome)).toEqual({ outcome: 'hit', layer: 'l1', ttl_ms: 541_500 });
  });

  it('a miss', () => {
    const outcome: Outcome = { kind: 'fwd', fwd: 'uri-miss', fwdStatus: 200, stored: true, collapsed: true };
    expect(cacheStatusHeader(outcome)).toBe('Stillfresh; fwd=uri-miss; stored; fwd-status=200; collapsed');
    expect(outcomeFields(outcome)).toEqual({
      outcome: 'fwd',
      fwd: 'uri-miss',
      stored: true,
      fwd_status: 200,
      collapsed: true,
    });
  });

  it('a failure', () => {
    const outcome: Outcome = { kind: 'fwd', fwd: 'bypass', stored: false, detail: 'redis-timeout' };
    expect(outcomeFields(outcome)).toEqual({
      outcome: 'fwd',
      fwd: 'bypass',
      stored: false,
      detail: 'redis-timeout',
    });
  });
});
