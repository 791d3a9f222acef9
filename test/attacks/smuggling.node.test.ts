import { afterAll, beforeAll, expect, it } from 'vitest';
import { mirror } from './support/node/scripts.ts';
import { startWorld, type World } from './support/node/world.ts';

/**
 * Request smuggling: bytes that one server takes for a body and the next for a request of its own. Nothing that an attacker
 * put into a body may reach the origin as a request, and whoever asks next has his own answer.
 */
let world: World;
beforeAll(async () => {
  world = await startWorld(mirror);
});
afterAll(() => world.stop());

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: edge.example\r\n\r\n';

interface Message {
  readonly line?: string;
  readonly fields: readonly string[];
  readonly body?: string;
}

const bytesOf = ({ line = 'POST /attack HTTP/1.1', fields, body = '' }: Message) =>
  `${[line, 'Host: edge.example', ...fields].join('\r\n')}\r\n\r\n${body}`;

/** A body that is over at once for whom it is in chunks, and `length` long for others. */
const overAtOnce = `0\r\n\r\n${SMUGGLED}`;
const both = (...codings: string[]): Message => ({
  fields: [`Content-Length: ${overAtOnce.length}`, ...codings],
  body: overAtOnce,
});
const length = (value: string, body = SMUGGLED): Message => ({ fields: [`Content-Length: ${value}`], body });
const chunks = (body: string): Message => ({ fields: ['Transfer-Encoding: chunked'], body });
const all = SMUGGLED.length;

it.each<[string, Message]>([
  ['two framings', both('Transfer-Encoding: chunked')],
  [
    'two framings, the shorter by length',
    { ...both('Transfer-Encoding: chunked'), fields: ['Content-Length: 4', 'Transfer-Encoding: chunked'] },
  ],
  ['a coding that is none', both('Transfer-Encoding: xchunked')],
  ['a coding before a colon and a space', both('Transfer-Encoding : chunked')],
  ['a coding after a tab', both('Transfer-Encoding:\tchunked')],
  ['a coding after a vertical tab', both('Transfer-Encoding: \x0bchunked')],
  ['a coding after NUL', both('Transfer-Encoding: \x00chunked')],
  ['a quoted coding', both('Transfer-Encoding: "chunked"')],
  ['a coding twice', both('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')],
  ['two codings', both('Transfer-Encoding: chunked, identity')],
  ['two fields of codings', both('Transfer-Encoding: identity', 'Transfer-Encoding: chunked')],
  ['a coding in capitals', both('Transfer-Encoding: CHUNKED')],
  ['a folded coding', both('Transfer-Encoding:\r\n chunked')],
  ['a folded field before', both('X-Filler: x\r\n Transfer-Encoding: chunked')],
  ['a coding after a bare LF', both('X-Filler: x\nTransfer-Encoding: chunked')],
  ['a coding after a bare CR', both('X-Filler: x\rTransfer-Encoding: chunked')],
  ['a name with an underscore', both('Transfer_Encoding: chunked')],
  ['a name after a space', both(' Transfer-Encoding: chunked')],
  ['a coding that Connection names', both('Connection: transfer-encoding', 'Transfer-Encoding: chunked')],
  ['chunks in HTTP/1.0', { ...both('Transfer-Encoding: chunked'), line: 'POST /attack HTTP/1.0' }],
  ['two lengths', { fields: ['Content-Length: 0', `Content-Length: ${all}`], body: SMUGGLED }],
  [
    'two lengths, the other way round',
    { fields: [`Content-Length: ${all}`, 'Content-Length: 0'], body: SMUGGLED },
  ],
  ['a length twice in one field', length(`${all}, ${all}`)],
  ['two lengths in one field', length(`0, ${all}`)],
  ['a length with a sign', length(`+${all}`)],
  ['a negative length', length('-1')],
  ['a length in hex', length('0x0')],
  ['a length with a blank in it', length('0 1')],
  ['a length with an exponent', length('0e1')],
  ['a length with a parameter', length('0;1')],
  ['an empty length', length('')],
  ['a length beyond all', length('99999999999999999999')],
  ['a length after a bare LF', { fields: [`X-Filler: x\nContent-Length: ${all}`], body: SMUGGLED }],
  ['a body of GET', { ...length(String(all)), line: 'GET /attack HTTP/1.1' }],
  ['a body of HEAD', { ...length(String(all)), line: 'HEAD /attack HTTP/1.1' }],
  ['a body of OPTIONS', { ...length(String(all)), line: 'OPTIONS /attack HTTP/1.1' }],
  ['a body after Expect', { fields: ['Expect: 100-continue', `Content-Length: ${all}`], body: SMUGGLED }],
  [
    'a body after Upgrade',
    { fields: ['Connection: upgrade', 'Upgrade: h2c', `Content-Length: ${all}`], body: SMUGGLED },
  ],
  ['a chunk of a hex size with 0x', chunks(`0x0\r\n\r\n${SMUGGLED}`)],
  ['a chunk of no size', chunks(`\r\n\r\n${SMUGGLED}`)],
  ['a chunk of a negative size', chunks(`-1\r\n\r\n${SMUGGLED}`)],
  ['a chunk of a size beyond all', chunks(`10000000000000000\r\n\r\n${SMUGGLED}`)],
  ['a chunk that is longer than it says', chunks(`1\r\nabc\r\n0\r\n\r\n${SMUGGLED}`)],
  ['a chunk without its end', chunks(`3\r\nabc0\r\n\r\n${SMUGGLED}`)],
  ['a chunk with an LF in its extension', chunks(`3;\n0\r\n\r\n${SMUGGLED}`)],
  [
    'a request line with three blanks',
    { line: 'GET  /attack   HTTP/1.1', fields: [`Content-Length: ${all}`], body: SMUGGLED },
  ],
  ['a request line with tabs', { line: 'GET\t/attack\tHTTP/1.1', fields: [] }],
  [
    'a version that is none',
    { line: 'GET /attack HTTP/1.2', fields: [`Content-Length: ${all}`], body: SMUGGLED },
  ],
  ['HTTP/2 without more', { line: 'PRI * HTTP/2.0', fields: [], body: SMUGGLED }],
  ['a field without a colon', { fields: ['nonsense', `Content-Length: ${all}`], body: SMUGGLED }],
  ['a field without a name', { fields: [': x', `Content-Length: ${all}`], body: SMUGGLED }],
])('%s', async (_, message) => {
  expect(await world.raw(bytesOf(message))).not.toContain('/smuggled"');
  expect(world.asked.map(({ target }) => target)).not.toContain('/smuggled');
  // Whatever connections to the origin are left over, the next ones to use them are not answered with another's.
  for (const page of ['/one', '/two', '/three']) {
    probes += 1;
    const { status, text } = await world.send(`GET ${page}?${probes}`);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ method: 'GET', target: `${page}?${probes}`, body: '' });
  }
});
let probes = 0;

it('a request behind another is one of its own: what was smuggled would be answered', async () => {
  const answers = await world.raw(bytesOf(length('0', SMUGGLED.replace('/smuggled', '/behind'))));
  expect(answers).toContain('"target":"/behind"');
});

it('a body that is framed as it should be is one request', async () => {
  const before = world.asked.length;
  await world.raw(bytesOf(length(String(all))));
  await world.raw(bytesOf(chunks(`${all.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`)));
  const seen = world.asked.slice(before).map(({ method, target, body }) => ({ method, target, body }));
  const asked = { method: 'POST', target: '/attack', body: SMUGGLED };
  expect(seen).toEqual([asked, asked]);
});
