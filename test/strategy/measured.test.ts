import { describe, expect, test } from 'vitest';
import { type HttpCacheOptions, httpRoute } from '../../src/http-cache/options.ts';
import { defineStrategy, type StrategyDefinition } from '../../src/strategy/define.ts';
import { shareOf } from '../../src/strategy/share.ts';
import { aClass } from '../support/worker/world.ts';

test.each([
  ['0%', 0],
  ['0.1%', 0.001],
  ['0.000001%', 1e-8],
  ['50%', 0.5],
  ['99.9%', 0.999],
  ['100%', 1],
])('%s is %d', (text, share) => expect(shareOf(text)).toBe(share));

const noShares = [
  '',
  '%',
  '1',
  '0.01',
  '101%',
  '-1%',
  '1 %',
  ' 1%',
  '1%\n',
  '.5%',
  '1e1%',
  '1,5%',
  '0x1%',
  '∞%',
];

test.each(noShares)('%j is no share', (text) => expect(() => shareOf(text)).toThrow('write a percentage'));

describe.each([
  ['a class', (options: object) => aClass(options)],
  ['an HTTP cache', (options: object) => httpRoute(options as HttpCacheOptions).cls],
])('what %s compares', (_, make) => {
  test('nothing by default', () => expect(make({})).toMatchObject({ compareShare: 0, compareIgnoring: [] }));

  test('a share of its hits, with what does not count', () => {
    const ignoring = ['at', 'meta.generated_at', 'items.updated_at', 'Header:X-Request-Id', 'größe'];
    expect(make({ compare: '0.1%', compareIgnoring: ignoring })).toMatchObject({
      compareShare: 0.001,
      compareIgnoring: ['at', 'meta.generated_at', 'items.updated_at', 'header:x-request-id', 'größe'],
    });
  });

  test.each<[object, string, string]>([
    ...noShares.map(
      (compare) =>
        [{ compare }, 'compare: ', "write a percentage, such as '0.1%'"] as [object, string, string],
    ),
    [{ compare: 0.001 }, 'compare: ', "write a percentage, such as '0.1%'"],
    [{ compare: true }, 'compare: ', "write a percentage, such as '0.1%'"],
    [{ compareIgnoring: 'at' }, 'compareIgnoring: ', 'write a list of fields'],
    [{ compareIgnoring: [1] }, 'compareIgnoring', 'write the path of a field'],
    [{ compareIgnoring: [''] }, 'compareIgnoring', "write its path, such as 'meta.generated_at'"],
    [{ compareIgnoring: ['a..b'] }, 'compareIgnoring', 'write its path'],
    [{ compareIgnoring: ['.a'] }, 'compareIgnoring', 'write its path'],
    [{ compareIgnoring: ['header:'] }, 'compareIgnoring', 'write its path'],
    [{ compareIgnoring: ['header:a b'] }, 'compareIgnoring', 'write its path'],
    [
      { compareIgnoring: Array.from({ length: 33 }, (_, i) => `f${i}`) },
      'compareIgnoring',
      'write at most 32',
    ],
  ])('%j does not start, and says what to write', (options, field, mend) => {
    expect(() => make(options)).toThrow(field);
    expect(() => make(options)).toThrow(mend);
  });
});

describe('the service level of purges', () => {
  const define = (serviceLevel?: unknown) =>
    defineStrategy({ classes: [], serviceLevel } as StrategyDefinition).serviceLevel;

  test('is 15 s for 99 % unless a strategy says otherwise', () => {
    expect(define()).toEqual({ targetMs: 15_000, share: 0.99 });
    expect(define({ visibleWithin: '30s' })).toEqual({ targetMs: 30_000, share: 0.99 });
    expect(define({ share: '99.9%' })).toEqual({ targetMs: 15_000, share: 0.999 });
  });

  test.each([
    [{ visibleWithin: '0.5s' }, 'from 1s to 5m'],
    [{ visibleWithin: '6m' }, 'from 1s to 5m'],
    [{ visibleWithin: 5 }, 'from 1s to 5m'],
    [{ visibleWithin: 'soon' }, 'from 1s to 5m'],
    [{ share: '101%' }, 'write a percentage'],
    [{ share: 0.99 }, 'write a percentage'],
    [{ of: '99%' }, 'there is no such field'],
    ['15s', "write { visibleWithin: '15s', share: '99%' }"],
  ])('%j does not start', (serviceLevel, mend) => {
    expect(() => define(serviceLevel)).toThrow('strategy.serviceLevel');
    expect(() => define(serviceLevel)).toThrow(mend);
  });
});
