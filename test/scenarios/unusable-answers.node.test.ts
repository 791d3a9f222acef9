import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../dev/bundle.ts';
import { type RunningEdge, startEdge } from '../../dev/edge.ts';
import { send } from './support/http.ts';
import { inOneChunk, type RawOrigin, rawResponse, startRawOrigin } from './support/raw-origin.ts';

/*
 * What the platform makes of an origin's message, in a real workerd: what it takes off, and what it leaves for us to refuse.
 */
const text = JSON.stringify({ total: 1, rows: 'x'.repeat(300) });
const plain = Buffer.from(text);
const gzipped = gzipSync(plain);

const OK = '200 OK';
const coded = (coding: string, body: Buffer, status = OK) =>
  rawResponse(status, [`Content-Encoding: ${coding}`, `Content-Length: ${body.length}`, ...fresh], body);
const transferred = (...lines: string[]) => ({
  of: (body: Buffer) => rawResponse(OK, [...lines.map((it) => `Transfer-Encoding: ${it}`), ...fresh], body),
});
const fresh = ['Content-Type: application/json', 'Cache-Control: max-age=60'];
const withStatus = (line: string) => rawResponse(line, ['Content-Length: 0', ...fresh], Buffer.alloc(0));

/** By the name under which it is asked for: what the origin sends, and what clients of a class and of the HTTP cache have. */
type Seen = 'text' | 'as sent' | 502;
const table: Record<string, readonly [sent: Buffer, ofClass: Seen, ofHttpCache: Seen]> = {
  plain: [coded('identity', plain), 'text', 'text'],
  gzip: [coded('gzip', gzipped), 'text', 'as sent'],
  br: [coded('br', brotliCompressSync(plain)), 'text', 'as sent'],
  'gzip-in-capitals': [coded('GZIP', gzipped), 502, 'as sent'],
  'x-gzip': [coded('x-gzip', gzipped), 502, 'as sent'],
  deflate: [coded('deflate', deflateSync(plain)), 502, 'as sent'],
  zstd: [coded('zstd', zstdCompressSync(plain)), 502, 'as sent'],
  'gzip-twice': [coded('gzip, gzip', gzipSync(gzipped)), 502, 'as sent'],
  'gzip-then-br': [coded('gzip, br', brotliCompressSync(gzipped)), 502, 'as sent'],
  'gzip-of-nothing-such': [coded('gzip', plain), 502, 'as sent'],
  'deflate-of-a-404': [coded('deflate', deflateSync(plain), '404 Not Found'), 502, 'as sent'],
  chunked: [transferred('chunked').of(inOneChunk(plain)), 'text', 'text'],
  'chunked-in-capitals': [transferred('CHUNKED').of(inOneChunk(plain)), 'text', 'text'],
  'gzip-and-chunked': [transferred('gzip, chunked').of(inOneChunk(gzipped)), 502, 502],
  'gzip-and-chunked-in-two-lines': [transferred('gzip', 'chunked').of(inOneChunk(gzipped)), 502, 502],
  'chunked-twice': [transferred('chunked, chunked').of(inOneChunk(inOneChunk(plain))), 502, 502],
  'chunked-and-nothing': [transferred('chunked,').of(inOneChunk(plain)), 502, 502],
  'nothing-known-to-the-end': [transferred('something').of(plain), 502, 'text'],
  'gzip-to-the-end': [transferred('gzip').of(gzipped), 502, 502],
  'status-101': [rawResponse('101 Switching Protocols', ['Upgrade: websocket'], Buffer.alloc(0)), 502, 502],
  'status-304': [withStatus('304 Not Modified'), 502, 502],
  'status-600': [withStatus('600 Odd'), 502, 502],
  'status-999': [withStatus('999 Odd'), 502, 502],
};

let origin: RawOrigin;
let edge: RunningEdge;
beforeAll(async () => {
  origin = await startRawOrigin((name) => table[name]![0]);
  edge = await startEdge({
    script: await bundle('test/scenarios/support/unusable-entry.ts'),
    bindings: {
      ENVIRONMENT: 'development',
      STORE: 'memory',
      ORIGIN_URL: origin.url,
      ORIGIN_SECRET: 'only-for-this-scenario',
      API_KEYS: '{}',
    },
  });
});
afterAll(async () => {
  await edge.stop();
  await origin.close();
});

const cases = Object.entries(table).map(([name, [sent, ...seen]]) => ({ name, sent, seen }));

describe.each([
  ['a data class', '/doc/', 0],
  ['the HTTP cache', '/http/', 1],
] as const)('%s', (_, at, column) => {
  test.each(cases)(`$name: $seen.${column}`, async ({ name, sent, seen: { [column]: seen } }) => {
    // The second is what was stored, if anything was.
    for (let round = 0; round < 2; round += 1) {
      const headers = { 'Accept-Encoding': 'identity' };
      const { status, body } = await send(edge.url, `GET ${at}${name}`, { headers });
      if (seen === 502) expect(status).toBe(502);
      else if (seen === 'text') expect(body.toString()).toBe(text);
      else expect(sent.subarray(-body.length).equals(body)).toBe(true);
    }
  });
});
