import { expect, test } from 'vitest';
import { httpRoute } from '../../src/http-cache/options.ts';

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
    "httpCache.input: there is no such field; known are origin, name, stripPrefix, inputs, requestDirectives, staleIfError, maxBytes, l1, compare, compareIgnoring; did you mean 'inputs'?",
    { input: 'all' },
  ],
  ['7.name: 7 is not valid; write the class’s name', { name: 7 }],
  ['http.staleIfError: 60 is not valid; write', { staleIfError: 60 }],
  ['http.maxBytes: "1 MiB" is not valid; write a whole number of bytes', { maxBytes: '1 MiB' }],
  ['http.l1: "soon" is not a duration; write', { l1: 'soon' }],
  ['httpCache.definition: "all" is not valid; write an object', 'all'],
])('%s', (line, options) => {
  const make = () => httpRoute(options as never);
  expect(make).toThrow(`  ${line}`);
  expect(make).not.toThrow('secret');
});
