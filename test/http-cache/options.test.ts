import { expect, test } from 'vitest';
import { httpRoute } from '../../src/http-cache/options.ts';
import { fingerprintOf } from '../../src/rollout/fingerprint.ts';

test.each<[string, unknown]>([
  [
    'httpCache.origin: is not valid; write an http(s) URL without query, fragment or credentials',
    { origin: 'ftp://a.test' },
  ],
  ['httpCache.origin: is not valid; write an http(s) URL', { origin: 'https://ann:secret@a.test' }],
  ['httpCache.origin: is not valid; write an http(s) URL', { origin: 7 }],
  ["httpCache.inputs: \"some\" is not valid; say 'all' or 'keyed'", { inputs: 'some' }],
  [
    "httpCache.requestDirectives: true is not valid; say 'ignored' or 'honoured'",
    { requestDirectives: true },
  ],
  [
    "httpCache.input: there is no such field; known are origin, name, stripPrefix, inputs, requestDirectives, staleIfError, maxBytes, l1, compare, compareIgnoring, freshWithin, rollout, silences; did you mean 'inputs'?",
    { input: 'all' },
  ],
  ['7.name: 7 is not valid; write the class’s name', { name: 7 }],
  ['http.staleIfError: 60 is not valid; write', { staleIfError: 60 }],
  ['http.maxBytes: "1 MiB" is not valid; write a whole number of bytes', { maxBytes: '1 MiB' }],
  ['http.l1: "soon" is not a duration; write', { l1: 'soon' }],
  ['http.freshWithin: "soon" is not a duration; write', { freshWithin: 'soon' }],
  ['http.rollout.mode: "dark" is not valid; say', { rollout: { mode: 'dark' } }],
  [
    "http.rollout: counts each tenant, and nobody is verified who reads public data; say unit 'key', or nothing",
    { rollout: { unit: 'tenant' } },
  ],
  [
    'http.rollout: names who is on or off, and nobody is verified who reads public data; take allow and deny out',
    { rollout: { deny: ['acme'] } },
  ],
  ['httpCache.definition: "all" is not valid; write an object', 'all'],
])('%s', (line, options) => {
  const make = () => httpRoute(options as never);
  expect(make).toThrow(`  ${line}`);
  expect(make).not.toThrow('secret');
});

test('what it says of its roll-out its class has, and counts entries', () => {
  const { cls } = httpRoute({ rollout: { mode: 'shadow', shadowFills: '10%' }, freshWithin: '30s' });
  expect(cls.freshWithinMs).toBe(30_000);
  expect(cls.rollout).toMatchObject({ mode: 'shadow', fillShare: 0.1, unit: 'key' });
  expect(httpRoute({}).cls.rollout).toMatchObject({ mode: 'on', percent: 100, unit: 'key' });
});

test('what makes other keys makes another class of it, whose roll-out begins anew; what does not, does not', () => {
  const fingerprint = (options: Parameters<typeof httpRoute>[0]) => fingerprintOf(httpRoute(options).cls);
  const one = fingerprint({});
  const others = [
    { inputs: 'keyed' },
    { origin: 'https://a.test' },
    { origin: 'https://b.test' },
    { stripPrefix: '/docs' },
  ] as const;
  const all = [one, ...others.map((it) => fingerprint(it))];
  expect(new Set(all).size).toBe(all.length);
  expect(fingerprint({ l1: '2s', staleIfError: '1h', rollout: { mode: 'shadow' }, maxBytes: 7 })).toBe(one);
});
