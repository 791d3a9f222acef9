import { expect, it } from 'vitest';
import type { SignatureRefusal } from '../../../src/invalidation/signature/refusal.ts';
import { schemes } from '../../../src/invalidation/signature/schemes.ts';
import { readSignatureHeader } from '../../../src/invalidation/signature/signature-header.ts';
import { createVerify } from '../../../src/invalidation/signature/verify.ts';
import { bytesOf, messageOf, type SignerName, schemeOf, sign } from './signers.ts';

/** What a sender may write into the headers, null for nothing, and what we say to it. */
type Case = readonly [
  name: SignerName,
  what: string,
  headers: Readonly<Record<string, string | null | ((was: string) => string)>>,
  why: SignatureRefusal | 'verified',
];

const T = 1_790_000_000_000;
const seconds = T / 1_000;
const secret = bytesOf('a secret that is long enough');
const hex = 'a'.repeat(64);

const stripe = 'Stripe-Signature';
const github = 'X-Hub-Signature-256';
const shopify = 'X-Shopify-Hmac-SHA256';
const standard = 'webhook-signature';
const paddle = 'Paddle-Signature';
const linear = 'Linear-Signature';
const slack = 'X-Slack-Signature';
const slackTime = 'X-Slack-Request-Timestamp';
const custom = 'X-Acme-Signature';

const twice = (was: string) => `${was}, ${was}`;
const upper = (label: string) => (was: string) => label + was.slice(label.length).toUpperCase();

it.each<Case>([
  ['stripe', 'none', { [stripe]: null }, 'no-signature'],
  ['stripe', 'nothing in it', { [stripe]: '' }, 'malformed-signature'],
  ['stripe', 'another version beside it', { [stripe]: (was) => `${was},v0=${hex}` }, 'verified'],
  ['stripe', 'another version before it', { [stripe]: (was) => `v0=${hex},${was}` }, 'verified'],
  ['stripe', 'the time behind it', { [stripe]: (was) => was.split(',').reverse().join(',') }, 'verified'],
  ['stripe', 'another version alone', { [stripe]: (was) => was.replace('v1=', 'v0=') }, 'no-signature'],
  ['stripe', 'a version in capitals', { [stripe]: (was) => was.replace('v1=', 'V1=') }, 'no-signature'],
  ['stripe', 'the time alone', { [stripe]: `t=${seconds}` }, 'no-signature'],
  ['stripe', 'no time', { [stripe]: (was) => was.split(',')[1]! }, 'no-timestamp'],
  ['stripe', 'no time in the time', { [stripe]: `t=,v1=${hex}` }, 'malformed-timestamp'],
  ['stripe', 'the time twice', { [stripe]: (was) => `t=${seconds},${was}` }, 'malformed-signature'],
  ['stripe', 'two times', { [stripe]: (was) => `${was},t=${seconds + 1}` }, 'malformed-signature'],
  ['stripe', 'the header twice', { [stripe]: twice }, 'malformed-signature'],
  ['stripe', 'white space', { [stripe]: (was) => was.replace(',', ', ') }, 'malformed-signature'],
  ['stripe', 'a comma at the end', { [stripe]: (was) => `${was},` }, 'malformed-signature'],
  ['stripe', 'quotes', { [stripe]: (was) => was.replace('v1=', 'v1="').concat('"') }, 'malformed-signature'],
  ['stripe', 'upper-case hex', { [stripe]: (was) => upper(`t=${seconds},v1=`)(was) }, 'malformed-signature'],
  ['stripe', '62 digits', { [stripe]: (was) => was.slice(0, -2) }, 'malformed-signature'],
  ['stripe', '66 digits', { [stripe]: (was) => `${was}00` }, 'malformed-signature'],
  ['stripe', 'no hex', { [stripe]: (was) => `${was.slice(0, -1)}g` }, 'malformed-signature'],
  [
    'stripe',
    'a sign before the time',
    { [stripe]: (was) => was.replace('t=', 't=+') },
    'malformed-timestamp',
  ],
  ['stripe', 'a time with a fraction', { [stripe]: `t=${seconds}.5,v1=${hex}` }, 'malformed-timestamp'],
  ['stripe', 'a time in milliseconds', { [stripe]: `t=${T},v1=${hex}` }, 'malformed-timestamp'],
  ['stripe', 'a time in hex', { [stripe]: `t=0x6ab1,v1=${hex}` }, 'malformed-timestamp'],
  ['stripe', 'another time', { [stripe]: (was) => was.replace(/\d+/, `${seconds + 1}`) }, 'bad-signature'],
  ['stripe', 'the time spelt anew', { [stripe]: (was) => was.replace('t=', 't=0') }, 'bad-signature'],
  ['stripe', 'a control character', { [stripe]: (was) => `${was},v0=\x7f` }, 'malformed-signature'],
  ['stripe', 'a tab', { [stripe]: (was) => was.replace(',', ',\t') }, 'malformed-signature'],

  ['github', 'none', { [github]: null }, 'no-signature'],
  ['github', 'the old header', { [github]: null, 'X-Hub-Signature': `sha1=${hex}` }, 'no-signature'],
  ['github', 'SHA-1', { [github]: 'sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709' }, 'no-signature'],
  ['github', 'no label', { [github]: (was) => was.slice('sha256='.length) }, 'malformed-signature'],
  ['github', 'a label in capitals', { [github]: (was) => was.replace('sha', 'SHA') }, 'no-signature'],
  ['github', 'the header twice', { [github]: twice }, 'malformed-signature'],
  ['github', 'upper-case hex', { [github]: upper('sha256=') }, 'malformed-signature'],
  ['github', 'no delivery', { 'X-GitHub-Delivery': null }, 'verified'],

  ['shopify', 'none', { [shopify]: null }, 'no-signature'],
  ['shopify', 'a label', { [shopify]: (was) => `sha256=${was}` }, 'malformed-signature'],
  ['shopify', 'hex', { [shopify]: hex }, 'malformed-signature'],
  ['shopify', 'no padding', { [shopify]: (was) => was.slice(0, -1) }, 'malformed-signature'],
  ['shopify', 'too much padding', { [shopify]: (was) => `${was}=` }, 'malformed-signature'],
  ['shopify', '31 bytes', { [shopify]: `${'A'.repeat(42)}==` }, 'malformed-signature'],
  ['shopify', '33 bytes', { [shopify]: 'A'.repeat(44) }, 'malformed-signature'],
  ['shopify', 'dangling bits', { [shopify]: `${'A'.repeat(42)}B=` }, 'malformed-signature'],
  ['shopify', 'base64url', { [shopify]: `-_${'A'.repeat(41)}=` }, 'malformed-signature'],
  [
    'shopify',
    'white space',
    { [shopify]: (was) => `${was.slice(0, 9)} ${was.slice(9)}` },
    'malformed-signature',
  ],
  ['shopify', 'the header twice', { [shopify]: twice }, 'malformed-signature'],

  ['standard', 'none', { [standard]: null }, 'no-signature'],
  ['standard', 'no id', { 'webhook-id': null }, 'no-id'],
  ['standard', 'an empty id', { 'webhook-id': '' }, 'no-id'],
  ['standard', 'a dot in the id', { 'webhook-id': 'evt.1' }, 'malformed-id'],
  ['standard', 'a control character in the id', { 'webhook-id': 'evt\x7f' }, 'malformed-id'],
  ['standard', 'another id', { 'webhook-id': 'evt_2' }, 'bad-signature'],
  ['standard', 'the id twice', { 'webhook-id': twice }, 'bad-signature'],
  ['standard', 'no time', { 'webhook-timestamp': null }, 'no-timestamp'],
  ['standard', 'an empty time', { 'webhook-timestamp': '' }, 'malformed-timestamp'],
  ['standard', 'the time twice', { 'webhook-timestamp': twice }, 'malformed-timestamp'],
  ['standard', 'another time', { 'webhook-timestamp': `${seconds - 1}` }, 'bad-signature'],
  ['standard', 'an asymmetric one beside it', { [standard]: (was) => `v1a,hnO3f9T8= ${was}` }, 'verified'],
  [
    'standard',
    'an asymmetric one alone',
    { [standard]: (was) => was.replace('v1,', 'v1a,') },
    'no-signature',
  ],
  ['standard', 'no label', { [standard]: (was) => was.slice('v1,'.length) }, 'malformed-signature'],
  ['standard', 'two spaces', { [standard]: (was) => `${was}  ${was}` }, 'malformed-signature'],
  ['standard', 'the header twice', { [standard]: twice }, 'malformed-signature'],
  ['svix', 'the standard’s names', { 'svix-id': null, 'webhook-id': 'evt_1' }, 'no-id'],

  ['paddle', 'none', { [paddle]: null }, 'no-signature'],
  ['paddle', 'commas', { [paddle]: (was) => was.replace(';', ',') }, 'no-signature'],
  ['paddle', 'no time', { [paddle]: (was) => was.split(';')[1]! }, 'no-timestamp'],
  ['paddle', 'the time twice', { [paddle]: (was) => `ts=${seconds};${was}` }, 'malformed-signature'],

  ['linear', 'none', { [linear]: null }, 'no-signature'],
  ['linear', 'a label', { [linear]: (was) => `sha256=${was}` }, 'malformed-signature'],
  ['linear', 'upper-case hex', { [linear]: upper('') }, 'malformed-signature'],

  ['slack', 'none', { [slack]: null }, 'no-signature'],
  ['slack', 'another version', { [slack]: (was) => was.replace('v0=', 'v1=') }, 'no-signature'],
  ['slack', 'no time', { [slackTime]: null }, 'no-timestamp'],
  ['slack', 'another time', { [slackTime]: `${seconds + 1}` }, 'bad-signature'],
  ['slack', '13 digits', { [slackTime]: `${T}` }, 'malformed-timestamp'],

  ['custom', 'none', { [custom]: null }, 'no-signature'],
  ['custom', 'a slash in the id', { 'X-Acme-Id': 'evt/1' }, 'malformed-id'],
  ['custom', '14 digits', { 'X-Acme-Sent': `${T}0` }, 'malformed-timestamp'],
  ['custom', 'another label', { [custom]: (was) => was.replace('sig-2:', 'sig-1:') }, 'no-signature'],
])('%s: %s', async (name, _, changes, expected) => {
  const { headers: sent, body } = await sign(name, messageOf('evt_1', T), secret);
  const headers = new Headers(sent);
  for (const [header, change] of Object.entries(changes)) {
    const value = typeof change === 'function' ? change(headers.get(header) ?? '') : change;
    if (value === null) headers.delete(header);
    else headers.set(header, value);
  }
  const answer = await createVerify(schemeOf(name), [secret], () => T)(headers, body);
  expect(answer).toMatchObject(
    expected === 'verified' ? { is: 'verified' } : { is: 'refused', why: expected },
  );
});

// By itself, because workerd complains of such a header in the log.
it('stripe: a letter beyond ASCII', () => {
  const read = readSignatureHeader(schemes.stripe, `t=${seconds},v1=${hex},v0=\u00e9`);
  expect(read).toBe('malformed-signature');
});
