import { describe, expect, it } from 'vitest';
import { Sign } from '../../../../cli/assess/log-line.ts';
import { readAll } from './support/read-all.ts';

const time = '[29/Feb/2024:23:59:60 +0000]';
const lineOf = (request: string, rest = '200 5 "-" "-"') => `192.0.2.1 - - ${time} "${request}" ${rest}`;
const readOne = async (line: string) => (await readAll(line, { format: 'combined' })).all[0];
const whyNot = async (line: string) => (await readAll(line, { format: 'combined' })).examples[0]?.why;

describe('what servers write into the request', () => {
  it.each([
    ['a quote as Apache escapes it', 'GET /a\\"b HTTP/1.1', 'GET', '/a"b'],
    ['a quote as nginx escapes it', 'GET /a\\x22b HTTP/1.1', 'GET', '/a"b'],
    ['a backslash before the end', 'GET /a\\\\ HTTP/1.1', 'GET', '/a\\'],
    ['an escaped quote that looks like the end', 'GET /\\" 200 5 HTTP/1.1', 'GET', '/" 200 5'],
    ['a quote that is not escaped', 'GET /a"b HTTP/1.1', 'GET', '/a"b'],
    ['spaces in the target', 'GET /a b c HTTP/1.1', 'GET', '/a b c'],
    ['HTTP/0.9', 'GET /a', 'GET', '/a'],
    ['HTTP/2 without a minor version', 'GET /a HTTP/2', 'GET', '/a'],
    ['a full URL', 'GET http://a.example/b?c HTTP/1.1', 'GET', '/b?c'],
    ['a full URL without a path', 'GET http://a.example HTTP/1.1', 'GET', '/'],
    ['a full URL with a query alone', 'GET http://a.example?c HTTP/1.1', 'GET', '/?c'],
    ['CONNECT', 'CONNECT a.example:443 HTTP/1.1', 'CONNECT', 'a.example:443'],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1', 'OPTIONS', '*'],
    ['a method of WebDAV', 'PROPFIND /a HTTP/1.1', 'PROPFIND', '/a'],
    ['UTF-8', 'GET /München HTTP/1.1', 'GET', '/München'],
    ['UTF-8, escaped', 'GET /M\\xc3\\xbcnchen HTTP/1.1', 'GET', '/München'],
  ])('%s', async (_, request, method, target) => {
    expect(await readOne(lineOf(request))).toMatchObject({ method, target, status: 200, bytes: 5 });
  });

  it('Latin-1, which is no UTF-8', async () => {
    const line = Buffer.from(lineOf('GET /M\xfcnchen HTTP/1.1'), 'latin1');
    const { all } = await readAll(line, { format: 'combined' });
    expect(all).toMatchObject([{ target: '/M\xfcnchen' }]);
  });
});

describe('who asks, and when', () => {
  it.each([
    ['nobody', '- -', 0],
    ['nobody, as Apache has an empty name', '- ""', 0],
    ['somebody', '- ann', Sign.authorization],
    ['somebody with spaces and brackets', '- ann [a] b', Sign.authorization],
  ])('%s', async (_, who, signs) => {
    expect(await readOne(`2001:db8::1 ${who} ${time} "GET / HTTP/1.1" 200 5`)).toMatchObject({ signs });
  });

  it.each([
    ['29/Feb/2024:23:59:60 +0000', '2024-03-01T00:00:00Z'],
    ['01/Jan/2026:00:30:00 +0530', '2025-12-31T19:00:00Z'],
    ['31/Dec/2025:23:30:00 -0330', '2026-01-01T03:00:00Z'],
    ['2026-01-01T00:00:00+01:00', '2025-12-31T23:00:00Z'],
  ])('%s', async (logged, moment) => {
    const line = await readOne(`192.0.2.1 - - [${logged}] "GET / HTTP/1.1" 200 5`);
    expect(new Date(line!.timeMs)).toEqual(new Date(moment));
  });
});

it.each([
  ['', 'it is empty'],
  ['2026/02/28 13:05:03 [error] 31#31: *1 open() failed', 'its time cannot be read'],
  ['192.0.2.1 - - "GET / HTTP/1.1" 200 5', 'it has no time in brackets'],
  ['192.0.2.1 - - [30/Feb/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5', 'its time cannot be read'],
  ['192.0.2.1 - - [29/Feb/2025:00:00:00 +0000] "GET / HTTP/1.1" 200 5', 'its time cannot be read'],
  ['192.0.2.1 - - [28/Feb/2026:24:00:00 +0000] "GET / HTTP/1.1" 200 5', 'its time cannot be read'],
  [`192.0.2.1 - - ${time}`, 'it has no request in quotes'],
  [`192.0.2.1 - - ${time} "GET / HT`, 'the quotes of its request are not closed by a status'],
  [lineOf('-', '408 - "-" "-"'), 'it has no request: the client sent none'],
  [lineOf('', '400 0 "-" "-"'), 'it has no request: the client sent none'],
  [lineOf('\\x16\\x03\\x01\\x00', '400 226 "-" "-"'), 'its request is not a request line'],
  [lineOf('\\x16\\x03 \\x01\\x00', '400 226 "-" "-"'), 'its request is not a request line'],
  [lineOf('GET / HTTP/1.1', '20 5'), 'its status has not three digits'],
  [lineOf('GET / HTTP/1.1', '2000 5'), 'its status has not three digits'],
])('%s: %s', async (line, why) => {
  expect(await whyNot(`${line}\n`)).toBe(why);
});
