import { describe, expect, it } from 'vitest';
import { createVerify } from '../../../src/invalidation/signature/verify.ts';
import { bytesOf, messageOf, type SignerName, schemeOf, sign } from './signers.ts';

const T = 1_790_000_000_000;
const secret = bytesOf('a secret that is long enough');

async function read(name: SignerName, body: string | Uint8Array<ArrayBuffer>, id = 'evt_1') {
  const bytes = typeof body === 'string' ? bytesOf(body) : body;
  const { headers } = await sign(name, { id, atMs: T, body: bytes }, secret);
  return createVerify(schemeOf(name), [secret], () => T)(new Headers(headers), bytes);
}

describe('event and type', () => {
  it.each<[SignerName, boolean, string | null]>([
    ['stripe', true, 'invoice.paid'],
    ['github', false, 'push'],
    ['shopify', false, 'products/update'],
    ['standard', true, 'invoice.paid'],
    ['svix', true, 'invoice.paid'],
    ['paddle', true, 'transaction.paid'],
    ['linear', false, 'invoice.paid'],
    ['slack', true, 'team_join'],
    ['custom', true, 'invoice'],
  ])('of %s; its id is signed: %s', async (name, signed, type) => {
    const { body } = messageOf('evt_1', T, {
      event_type: 'transaction.paid',
      event: { type: 'team_join' },
      kind: 'invoice',
    });
    expect(await read(name, body)).toEqual({
      is: 'verified',
      payload: JSON.parse(new TextDecoder().decode(body)),
      type,
      event: { id: 'evt_1', signed },
    });
  });

  it('of Slack is the outer one, where there is no inner one', async () => {
    expect(await read('slack', '{"type":"url_verification"}')).toMatchObject({
      type: 'url_verification',
      event: null,
    });
  });

  it.each<[string, string]>([
    ['absent', '{}'],
    ['empty', '{"id":"","type":""}'],
    ['numbers, which JSON rounds', '{"id":9007199254740993,"type":1}'],
    ['null', '{"id":null,"type":null}'],
    ['objects', '{"id":{"toString":1},"type":["a"]}'],
    ['inherited', '{"__proto__":{"id":"evt_1","type":"a"}}'],
    ['longer than 256', JSON.stringify({ id: 'a'.repeat(257), type: 'a'.repeat(257) })],
    ['in a list', '["id","type"]'],
    ['in no object', '"id"'],
    ['in null', 'null'],
  ])('are none when they are %s', async (_, body) => {
    expect(await read('stripe', body)).toMatchObject({ is: 'verified', type: null, event: null });
  });

  it('may have 256 characters', async () => {
    const longest = 'a'.repeat(256);
    const body = JSON.stringify({ id: longest, type: longest });
    expect(await read('stripe', body)).toMatchObject({ type: longest, event: { id: longest } });
    expect(await read('standard', body, longest)).toMatchObject({ event: { id: longest, signed: true } });
    expect(await read('standard', body, `${longest}a`)).toMatchObject({ is: 'verified', event: null });
  });

  it('of a header with a control character are none', async () => {
    const message = messageOf('evt_1', T);
    const headers = new Headers((await sign('github', message, secret)).headers);
    headers.set('X-GitHub-Delivery', 'd\x7flivery');
    headers.set('X-GitHub-Event', 'p\x7fsh');
    const verify = createVerify(schemeOf('github'), [secret], () => T);
    expect(await verify(headers, message.body)).toMatchObject({ is: 'verified', type: null, event: null });
  });

  it('are not found in what objects inherit', async () => {
    const inherited = { value: 'inherited', configurable: true };
    Object.defineProperties(Object.prototype, { id: inherited, type: inherited });
    try {
      expect(await read('stripe', '{"a":"b"}')).toMatchObject({ is: 'verified', type: null, event: null });
    } finally {
      for (const name of ['id', 'type']) Reflect.deleteProperty(Object.prototype, name);
    }
  });
});

describe('a body that is no JSON is verified all the same, and has no payload', () => {
  it.each<[string, string | Uint8Array<ArrayBuffer>]>([
    ['nothing', ''],
    ['a form', 'payload=%7B%7D'],
    ['half of JSON', '{"a":'],
    ['JSON in Latin-1', new Uint8Array([0x22, 0xe9, 0x22])],
    ['half a surrogate pair in UTF-8', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['zeros', new Uint8Array(1_000)],
  ])('%s', async (_, body) => {
    expect(await read('github', body)).toMatchObject({ is: 'verified', payload: undefined });
  });
});

describe('a time in the body (Linear)', () => {
  it.each([
    ['text of digits', `{"webhookTimestamp":"${T}"}`, null],
    ['absent', '{}', 'no-timestamp'],
    ['inherited', `{"__proto__":{"webhookTimestamp":${T}}}`, 'no-timestamp'],
    ['in no JSON', `webhookTimestamp=${T}`, 'no-timestamp'],
    ['null', '{"webhookTimestamp":null}', 'malformed-timestamp'],
    ['a fraction', `{"webhookTimestamp":${T}.5}`, 'malformed-timestamp'],
    ['negative', `{"webhookTimestamp":-${T}}`, 'malformed-timestamp'],
    ['beyond all numbers', '{"webhookTimestamp":1e999}', 'malformed-timestamp'],
    ['a list', `{"webhookTimestamp":[${T}]}`, 'malformed-timestamp'],
    ['a date', '{"webhookTimestamp":"2026-09-21T14:13:20Z"}', 'malformed-timestamp'],
    ['in seconds', `{"webhookTimestamp":${T / 1_000}}`, 'too-old'],
  ])('%s', async (_, body, why) => {
    const answer = await read('linear', body);
    expect(answer).toMatchObject(why === null ? { is: 'verified' } : { is: 'refused', why });
  });
});
