import examples from '@octokit/webhooks-examples';
import { sign } from '@octokit/webhooks-methods';
import { expect, it } from 'vitest';
import { schemes } from '../../../src/invalidation/signature/schemes.ts';
import { createVerify } from '../../../src/invalidation/signature/verify.ts';
import { bytesOf } from './signers.ts';

const secret = "It's a Secret to Everybody";
const verify = createVerify(schemes.github, [bytesOf(secret)], Date.now);
const payloads = examples.flatMap(({ name, examples }) => examples.map((payload) => ({ name, payload })));

it('has all of GitHub’s example payloads', () => {
  expect(payloads).toHaveLength(329);
});

it.each(payloads.map(({ name, payload }, nth) => ({ nth, name, text: JSON.stringify(payload) })))(
  'GitHub’s example $nth, $name, is accepted as its SDK signs it, and refused with one byte changed',
  async ({ nth, name, text }) => {
    const headers = new Headers({
      'X-Hub-Signature-256': await sign(secret, text),
      'X-GitHub-Event': name,
      'X-GitHub-Delivery': `delivery-${nth}`,
    });
    const body = bytesOf(text);
    expect(await verify(headers, body)).toEqual({
      is: 'verified',
      payload: JSON.parse(text),
      type: name,
      event: { id: `delivery-${nth}`, signed: false },
    });
    const at = (nth * 7_919) % body.length;
    body[at]! ^= 1;
    expect(await verify(headers, body)).toEqual({ is: 'refused', why: 'bad-signature' });
  },
);
