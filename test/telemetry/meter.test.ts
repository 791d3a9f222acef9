import { expect, test } from 'vitest';
import { flushOf, flushShape, histogramParts } from '../../src/telemetry/flush.ts';
import { countOf } from '../../src/telemetry/histogram.ts';
import { Meter } from '../../src/telemetry/meter.ts';
import { tagsIn } from '../../src/telemetry/names-read.ts';

const meterOf = (meteredSeries = 100, sketchedNames = 100) => new Meter({ meteredSeries, sketchedNames });

test('what was counted is taken once, under its labels in order', () => {
  const meter = meterOf();
  meter.add('requests', 1, 'report', 'hit');
  meter.add('requests', 2, 'report', 'hit');
  meter.add('requests', 1, 'report', 'miss');
  meter.add('redis_requests', 4);
  meter.observe('lease_wait', 3, 'report');
  const { counts, histograms } = meter.take();
  expect(Object.fromEntries(counts)).toEqual({
    'requests|report|hit': 3,
    'requests|report|miss': 1,
    redis_requests: 4,
  });
  expect(histogramParts(histograms.get('lease_wait|report')!)).toEqual([3, 4, 1]);
  const again = meter.take();
  expect([again.counts.size, again.histograms.size]).toEqual([0, 0]);
  meter.add('requests', 1, 'report', 'hit');
  expect(Object.fromEntries(meter.take().counts)).toEqual({ 'requests|report|hit': 1 });
});

test('series beyond the bound are dropped, and that is counted; those that there are go on', () => {
  const meter = meterOf(2);
  meter.add('requests', 1, 'report', 'hit');
  meter.observe('lease_wait', 3, 'report');
  meter.add('requests', 5, 'report', 'miss');
  meter.observe('origin_duration', 3, 'report');
  meter.add('requests', 1, 'report', 'hit');
  const { counts, histograms } = meter.take();
  expect(Object.fromEntries(counts)).toEqual({ 'requests|report|hit': 2, series_dropped: 2 });
  expect(histograms.size).toBe(1);
});

test('what does not fit waits, and comes first the next time: nothing is lost, and none waits forever', () => {
  const meter = meterOf();
  const classes = Array.from({ length: 40 }, (_, i) => `class-${i}`);
  for (const name of classes) meter.observe('lease_wait', 2, name);
  const taken = new Map<string, number>();
  const take = (mostBytes?: number) => {
    const { counts, histograms } = meter.take(mostBytes);
    for (const [key, n] of counts) taken.set(key, (taken.get(key) ?? 0) + n);
    for (const [key, it] of histograms) taken.set(key, (taken.get(key) ?? 0) + countOf(it));
    return JSON.stringify([[...counts], [...histograms].map(([key, it]) => [key, histogramParts(it)])]);
  };
  for (let i = 0; i < 20; i += 1) {
    // All of them count on, more than one document holds.
    for (const name of classes) meter.add('collapsed', 1, name);
    expect(take(400).length).toBeLessThan(700);
  }
  expect(taken.size).toBe(80);
  take();
  for (const name of classes)
    expect([taken.get(`collapsed|${name}`), taken.get(`lease_wait|${name}`)]).toEqual([20, 1]);
});

test('a document is valid, however long the names are, and below 64 KiB', () => {
  const meter = meterOf(2_000, 400);
  for (let i = 0; i < 1_000; i += 1) {
    meter.add('requests', 1, `a-class-with-a-name-${i}`, 'hit');
    meter.observe('age_at_hit', 2 ** (i % 30), `a-class-with-a-name-${i}`);
    const generationNames = [`gen:tenant-${i}:${'ü"\\'.repeat(400)}${i}`, `gen:tenant-${i}:@t`];
    meter.names.read(
      { fullKey: `key-${i}`, generationNames },
      `tenant-${i}-${'日本'.repeat(200)}`,
      i % 2 === 0,
    );
    meter.names.miss(`key-${i}-${'東京'.repeat(1_000)}`);
  }
  const flush = flushOf({ isolate: 'i', seq: 1, fromMs: 0, toMs: 1 }, meter.take(32 * 1024));
  const text = JSON.stringify(flush);
  expect(new TextEncoder().encode(text).length).toBeLessThan(64 * 1024);
  expect(flushShape.safeParse(JSON.parse(text)).success).toBe(true);
  // What was cut is of the rest.
  for (const rows of [flush.tops.tags, flush.tops.tenants, flush.tops.missed])
    expect(rows.reduce((all, [, reads]) => all + reads!, 0)).toBe(1_000);
});

test('reads of an entry are counted for each of its tags, and for its tenant', () => {
  const meter = meterOf();
  const entry = {
    fillToken: 'a-fill',
    generations: new Map([
      ['gen:acme:@t', 'g'],
      ['gen:acme:@c:report', 'g'],
      ['gen:@all:@c:report', 'g'],
      ['gen:acme:dashboard:d1', 'g'],
      ['gen:acme:folder:f', 'g'],
    ]),
  };
  meter.names.read(entry, 'acme', true);
  meter.names.read(entry, 'acme', false);
  meter.names.fill(entry, 'acme');
  meter.names.purge(['gen:acme:folder:f'], 'acme');
  meter.names.miss('report:v1:tenant:acme:d1');
  expect(meter.take().tops).toEqual({
    tags: [
      ['acme:folder:f', 2, 1, 1, 1],
      ['acme:dashboard:d1', 2, 1, 1, 0],
    ],
    tenants: [['acme', 2, 1, 1, 1]],
    missed: [['report:v1:tenant:acme:d1', 1]],
  });
});

test.each([
  ['gen:acme:dashboard:d1', 'acme:dashboard:d1'],
  ['staging:gen:acme:dashboard:d1', 'acme:dashboard:d1'],
  ['mygen:gen:acme:dashboard:d1', 'acme:dashboard:d1'],
  ['gen:@public:page:a', '@public:page:a'],
  ['staging:gen:acme:@u:ann', null],
  ['gen:@all:@c:report', null],
])('of the generation %s the tag is %s', (name, tag) => {
  expect([...tagsIn([name])]).toEqual(tag === null ? [] : [tag]);
});
