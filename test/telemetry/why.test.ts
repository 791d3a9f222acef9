import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { bounds } from '../../src/bounds.ts';
import { fieldName } from '../../src/telemetry/field-name.ts';
import { cutText, stackOf, whyOf } from '../../src/telemetry/why.ts';

describe('A step on the way to a field', () => {
  test.each([
    ...[0, 17, '17', 'id', 'invoice_id', 'unitPrice', '_', 'line2', 'address_line1', 'sha256', 'iso3166'],
    ...['vat_identification_number', 'iso_3166', 'x509_certificate', 'ISO4217', 'q1_26', 'oauth2_id'],
    ...['md5_sum', 'p95', 'line_2_text', '_1', 'x'.repeat(40)],
  ])('%j is shown', (step) => expect(fieldName(step)).toBe(String(step)));

  test.each([
    ...['sk_live_51HxYz', '4111111111111111', 4111111111111111, 'ann@acme.test', 'a b', 'a-b', 'invoice.id'],
    ...['sk_live_51HabcDEF', 'pk5jQ', '4eC39Hq', 'x4T', 'AKIA2E', '1password', '2_id'],
    ...[
      'sha_256_512',
      'id20261',
      'iso_3166_1',
      '12345',
      'x'.repeat(41),
      `${'x'.repeat(39)}12`,
      '4111-1111',
      'line2 ',
    ],
    ...['', -1, 1.5, 'ключ', 'id\n', '00491701234567', Symbol('id')],
  ])('%j is not', (step) => expect(fieldName(step)).toBe('*'));

  test('of a record in a ZodError neither', () => {
    const error = z.array(z.record(z.string(), z.number())).safeParse([{ sk_live_51Hx: 'a' }]).error;
    expect(whyOf(error)).toBe('ZodError: 0.* (invalid_type, expected number)');
  });
});

describe('Of a URL in an error only host and path are told', () => {
  test.each<[message: string, told: string]>([
    ['Invalid URL: https://api.test/a?token=SECRET', 'Invalid URL: https://api.test/a'],
    ['https://ann:SECRET@api.test/a failed', 'https://api.test/a failed'],
    ['https://SECRET@api.test', 'https://api.test'],
    ['"https://api.test?key=SECRET": no', '"https://api.test no'],
    ['redis://default:SECRET@db.test:6379/0 is closed', 'redis://db.test:6379/0 is closed'],
    ['HTTPS://API.test/a#access_token=SECRET', 'HTTPS://API.test/a'],
    ['from https://a.test/?x=SECRET to wss://b.test/c?x=SECRET', 'from https://a.test/ to wss://b.test/c'],
    ['at /a/b?api_key=SECRET', 'at /a/b'],
    ['https://ann:SECRET@b.test/a?x=https://ann:SECRET@c.test/', 'https://b.test/a'],
    ['which one? this', 'which one? this'],
    ['and/or? yes', 'and/or yes'],
  ])('%s', (message, told) => {
    const error = new TypeError(message);
    expect(whyOf(error)).toBe(`TypeError: ${told}`);
    expect(stackOf(error).split('\n')[0]).toBe(`TypeError: ${told}`);
    expect(stackOf(error)).not.toContain('SECRET');
  });

  test('nor in a line of its stack', () => {
    const error = new Error('no');
    error.stack = 'Error: no\n    at f (https://ann:SECRET@a.test/w.js?v=SECRET:1:2)\n    at g (w.js:3:4)';
    expect(stackOf(error)).toBe('Error: no\n    at f (https://a.test/w.js\n    at g (w.js:3:4)');
  });
});

describe('What an error says is bounded', () => {
  const endless = 'x'.repeat(300_000);
  const many = Array.from({ length: 1_000 }, (_, i) => `    at f${i} (worker.mjs:1:2)`).join('\n');
  const named = Object.assign(new Error('no'), { name: endless });
  const stacked = Object.assign(new Error('no'), { stack: `Error: no\n${many}` });
  const wide = Object.assign(new Error('no'), { stack: `Error: no\n    at ${endless}` });
  const deep = Object.assign(new Error('no'), {
    name: 'ZodError',
    issues: [{ path: Array.from({ length: 100_000 }, () => 'a'), code: 'custom' }],
  });
  test.each([new Error(endless), named, stacked, wide, deep, new Error('/'.repeat(300_000))])(
    '%#',
    (error) => {
      expect(stackOf(error).length).toBeLessThanOrEqual(bounds.loggedTextChars);
      expect(stackOf(error).split('\n').length).toBeLessThanOrEqual(1 + bounds.loggedFrames);
      expect(whyOf(error).length).toBeLessThanOrEqual(bounds.loggedNameChars + 2 + bounds.loggedWhyChars);
    },
  );

  test.each(['/', '://', '://a', '?', 'a/?', '/ ', '@'])('whatever it is made of: %j', (part) => {
    const told = cutText(part.repeat(100_000), bounds.loggedTextChars);
    expect(told.length).toBeLessThanOrEqual(bounds.loggedTextChars);
  });

  test('its first lines of code are there, and no line of its message is taken for one', () => {
    expect(stackOf(stacked)).toMatch(/^Error: no\n {4}at f0 .*\n {4}at f1 /);
    const said = stackOf(new Error('no\n    at SECRET (x:1:1)\n    at SECRET'));
    expect(said.split('\n').slice(3).join('\n')).not.toContain('SECRET');
  });
});
