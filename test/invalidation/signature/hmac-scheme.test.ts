import { expect, it } from 'vitest';
import { hmacScheme } from '../../../src/invalidation/signature/hmac-scheme.ts';
import type { HmacSchemeOptions } from '../../../src/invalidation/signature/scheme.ts';
import { schemes } from '../../../src/invalidation/signature/schemes.ts';

it('needs a header, and has a default for all else', () => {
  expect(hmacScheme({ header: 'X-Acme-Signature' })).toEqual({
    header: 'X-Acme-Signature',
    parting: null,
    label: '',
    encoding: 'hex',
    signed: '{body}',
    timestamp: null,
    secret: 'text',
    id: null,
    type: [{ field: 'type' }],
  });
});

it.each(Object.entries(schemes))('takes the row of %s', (_, scheme) => {
  expect(hmacScheme(scheme)).toEqual(scheme);
});

const timestamp = { header: 'X-Acme-Time', unit: 's', windowMs: 60_000 } as const;
const signed = '{timestamp}.{body}';

it.each<[Partial<Record<keyof HmacSchemeOptions | 'lable', unknown>>, RegExp]>([
  [{ header: '' }, /^ {2}header: write a header's name/m],
  [{ header: 'X Acme' }, /^ {2}header: /m],
  [{ lable: 'v1=' }, /^ {2}lable: there is no such field; known are header, parting, label/m],
  [{ parting: '|' }, /^ {2}parting: say ',' or ';' or ' '/m],
  [{ label: 'v1' }, /^ {2}label: write .* as in 'v1='/m],
  [{ label: 'v 1=' }, /^ {2}label: /m],
  [{ label: 'v1,', parting: ',' }, /^ {2}label: holds what separates/m],
  [{ encoding: 'base64url' }, /^ {2}encoding: say 'hex' or 'base64'/m],
  [{ signed: '' }, /^ {2}signed: write /m],
  [{ signed: '{body}.' }, /^ {2}signed: write .*\{body\} at the end/m],
  [{ signed: '{body}{body}' }, /^ {2}signed: /m],
  [{ signed: '{url}.{body}' }, /^ {2}signed: /m],
  [{ signed: 'é.{body}' }, /^ {2}signed: write printable ASCII/m],
  [{ signed: '{timestamp}{body}', timestamp }, /^ {2}signed: .* separated from what follows/m],
  [{ signed: '{timestamp}0{body}', timestamp }, /^ {2}signed: /m],
  [{ signed: '{timestamp}.{timestamp}.{body}', timestamp }, /^ {2}signed: .* at most once/m],
  [{ signed: '{id}{timestamp}.{body}', timestamp, id: { header: 'X-Id' } }, /^ {2}signed: /m],
  [{ signed }, /^ {2}timestamp: say where \{timestamp\} in signed stands/m],
  [{ timestamp }, /^ {2}signed: put \{timestamp\} in, or anyone could change it/m],
  [
    { signed, timestamp: { field: 'time', unit: 's', windowMs: 1 } },
    /^ {2}signed: .* take \{timestamp\} out/m,
  ],
  [{ signed, timestamp: { unit: 's', windowMs: 60_000 } }, /^ {2}timestamp: write /m],
  [{ signed, timestamp: { ...timestamp, label: 't=' } }, /^ {2}timestamp: /m],
  [{ signed, timestamp: { ...timestamp, unit: 'm' } }, /^ {2}timestamp\.unit: say 's' or 'ms'/m],
  [{ signed, timestamp: { ...timestamp, windowMs: 0 } }, /^ {2}timestamp\.windowMs: .* 1 to 86400000/m],
  [{ signed, timestamp: { ...timestamp, windowMs: 86_400_001 } }, /^ {2}timestamp\.windowMs: /m],
  [{ signed, timestamp: { ...timestamp, windowMs: '5m' } }, /^ {2}timestamp\.windowMs: /m],
  [{ signed, timestamp: { label: 't=', unit: 's', windowMs: 1 } }, /^ {2}parting: say what separates/m],
  [
    { signed, parting: ',', label: 't=', timestamp: { label: 't=', unit: 's', windowMs: 1 } },
    /^ {2}timestamp\.label: is that of the signatures too/m,
  ],
  [
    { signed, parting: ',', timestamp: { label: 't,', unit: 's', windowMs: 1 } },
    /^ {2}timestamp\.label: holds what separates/m,
  ],
  [{ secret: 'base64' }, /^ {2}secret: say 'text' or 'whsec'/m],
  [{ signed: '{id}.{body}' }, /^ {2}id: say the header of \{id\}/m],
  [{ signed: '{id}.{body}', id: { field: 'id' } }, /^ {2}id: say the header of \{id\}/m],
  [{ id: { header: 'X-Id', field: 'id' } }, /^ {2}id: write \{ header: /m],
  [{ id: { field: 'a..b' } }, /^ {2}id: /m],
  [{ type: [] }, /^ {2}type: write a list of/m],
  [{ type: [{ header: 'X Type' }] }, /^ {2}type: /m],
])('%j says which field is wrong, and its mend', (options, says) => {
  const wrong = { header: 'X-Acme-Signature', ...options } as HmacSchemeOptions;
  expect(() => hmacScheme(wrong)).toThrow(TypeError);
  expect(() => hmacScheme(wrong)).toThrow(says);
});

it('says all that is wrong at once', () => {
  const wrong = { header: '', label: 'v1', secret: 'plain' } as unknown as HmacSchemeOptions;
  expect(() => hmacScheme(wrong)).toThrow(/header: .*\n.*label: .*\n.*secret: /);
});
