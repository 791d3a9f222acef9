import { expect, it } from 'vitest';
import { bounds } from '../../../src/bounds.ts';
import { type SchemeName, schemes } from '../../../src/invalidation/signature/schemes.ts';
import { readSecret } from '../../../src/invalidation/signature/secrets.ts';
import { createVerify } from '../../../src/invalidation/signature/verify.ts';
import { bytesOf } from './signers.ts';

it.each([
  ['16 characters', '0123456789abcdef'],
  ['what looks like another scheme’s', 'whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH'],
  ['more bytes than characters', 'ööööööööö'],
])('a text is a secret as it is: %s', (_, text) => {
  expect(readSecret(schemes.stripe, text)).toEqual(bytesOf(text));
});

it.each([
  ['16 bytes', 'whsec_AAECAwQFBgcICQoLDA0ODw=='],
  ['24 bytes', 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX'],
  ['24 bytes, the prefix left out', 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYX'],
])('whsec_ and base64 is what the base64 stands for: %s', (_, text) => {
  const bytes = readSecret(schemes.standard, text) as Uint8Array;
  expect([...bytes]).toEqual([...Array(bytes.length).keys()]);
});

const short = 'is shorter than 16 bytes';
const malformed = 'is not whsec_ and standard base64, padded with =';

it.each<[SchemeName, string, string, string]>([
  ['github', 'nothing', '', short],
  ['github', '15 characters', '0123456789abcde', short],
  ['standard', 'no key', 'whsec_', short],
  ['standard', 'a key of 15 bytes', 'whsec_AAECAwQFBgcICQoLDA0O', short],
  ['standard', 'a text without prefix', 'just some words, and no key', malformed],
  ['standard', 'no padding', 'whsec_AAECAwQFBgcICQoLDA0ODw', malformed],
  ['standard', 'dangling bits', 'whsec_AAECAwQFBgcICQoLDA0ODx==', malformed],
  ['standard', 'white space', 'whsec_AAECAwQFBgcICQoLDA0O DxAREhMUFRYX', malformed],
  ['standard', 'the alphabet of base64url', 'whsec_-_ECAwQFBgcICQoLDA0ODxAREhMUFRYX', malformed],
  ['svix', 'no base64', 'whsec_not base64 at all!', malformed],
])('%s: says what is wrong with a secret, and never the secret: %s', (name, _, text, fault) => {
  expect(readSecret(schemes[name], text)).toEqual({ fault });
});

it('takes as many secrets as the settings do, and at least one', () => {
  expect(bounds.hookSecrets).toBe(4);
  const verifyWith = (count: number) => () =>
    createVerify(schemes.github, Array(count).fill(new Uint8Array(16)), Date.now);
  expect(verifyWith(0)).toThrow(new TypeError('createVerify: there are 0 secrets; give it 1 to 4'));
  expect(verifyWith(4)).not.toThrow();
  expect(verifyWith(5)).toThrow(TypeError);
});
