import { parseList, Token } from 'structured-headers';
import { describe, expect, it } from 'vitest';
import { type CacheStatus, cacheStatusHeader } from '../../src/http/cache-status.ts';

const cases: readonly [says: string, status: CacheStatus][] = [
  ['Stillfresh; hit; ttl=542', { kind: 'hit', ttlMs: 542_999 }],
  ['Stillfresh; hit; ttl=0', { kind: 'hit', ttlMs: 0 }],
  ['Stillfresh; hit; ttl=-1', { kind: 'hit', ttlMs: -1 }],
  ['Stillfresh; hit; ttl=-30; detail=purged', { kind: 'hit', ttlMs: -30_000, detail: 'purged' }],
  [
    'Stillfresh; fwd=uri-miss; stored; fwd-status=200',
    { kind: 'fwd', fwd: 'uri-miss', stored: true, fwdStatus: 200 },
  ],
  [
    'Stillfresh; fwd=stale; stored; fwd-status=200; ttl=600; collapsed; detail="two words"',
    {
      kind: 'fwd',
      fwd: 'stale',
      stored: true,
      fwdStatus: 200,
      ttlMs: 600_000,
      collapsed: true,
      detail: 'two words',
    },
  ],
  ['Stillfresh; fwd=method', { kind: 'fwd', fwd: 'method', stored: false, collapsed: false }],
];

describe('Cache-Status (RFC 9211)', () => {
  it.each(cases)('%s', (says, status) => {
    expect(cacheStatusHeader(status)).toBe(says);
    const [[name, parameters]] = parseList(says) as unknown as [[Token, Map<string, unknown>]];
    expect(name).toEqual(new Token('Stillfresh'));
    expect(parameters.has(status.kind)).toBe(true);
  });

  it('shows the key, quoted, only when told', () => {
    const status: CacheStatus = { kind: 'hit', ttlMs: 1000, key: 'analytics:v2:tenant:a%22"b\\' };
    expect(cacheStatusHeader(status)).toBe('Stillfresh; hit; ttl=1');
    expect(cacheStatusHeader(status, { showKey: true })).toBe(
      'Stillfresh; hit; ttl=1; key="analytics:v2:tenant:a%22\\"b\\\\"',
    );
  });

  it('leaves unsaid what no header can hold', () => {
    const status: CacheStatus = { kind: 'hit', ttlMs: 1000, key: 'ключ', detail: 'a\r\nb' };
    expect(cacheStatusHeader(status, { showKey: true })).toBe('Stillfresh; hit; ttl=1');
  });
});
