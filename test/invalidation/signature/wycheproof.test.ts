import { describe, expect, it } from 'vitest';
import { hmacScheme } from '../../../src/invalidation/signature/hmac-scheme.ts';
import { createVerify } from '../../../src/invalidation/signature/verify.ts';
import vectors from '../../vectors/hmac_sha256.json';

const scheme = hmacScheme({ header: 'X-Tag' });

describe.each(vectors.testGroups)(
  'Wycheproof, key of $keySize bits, tag of $tagSize',
  ({ tagSize, tests }) => {
    it.each(tests)('$tcId $comment: $result', async ({ key, msg, tag, result }) => {
      const verify = createVerify(scheme, [Uint8Array.fromHex(key)], Date.now);
      const { is } = await verify(new Headers({ 'X-Tag': tag }), Uint8Array.fromHex(msg));
      // A tag cut to 128 bits is right by its rules, and never by ours.
      expect(is).toBe(result === 'valid' && tagSize === 256 ? 'verified' : 'refused');
    });
  },
);

it('has run all vectors', () => {
  const full = vectors.testGroups.filter(({ tagSize }) => tagSize === 256).flatMap(({ tests }) => tests);
  expect(vectors.testGroups.flatMap(({ tests }) => tests)).toHaveLength(174);
  expect(full).toHaveLength(87);
  expect(full.filter(({ result }) => result === 'valid')).toHaveLength(33);
});
