import { expect, test } from 'vitest';
import { didYouMean } from '../../src/strategy/did-you-mean.ts';

const known = ['invoice_paid', 'invoice_updated', 'role_updated', 'left'];

test.each([
  ['a letter too few', 'invoice_pad', "did you mean 'invoice_paid'?"],
  ['two that changed places', 'invoice_udpated', "did you mean 'invoice_updated'?"],
  ['the nearest of two', 'rol_updated', "did you mean 'role_updated'?"],
  ['a short word', 'lef', "did you mean 'left'?"],
  ['another word', 'shipped', 'known are invoice_paid, invoice_updated, role_updated, left'],
  ['nothing', '', 'known are invoice_paid, invoice_updated, role_updated, left'],
  ['a word without end', 'left'.repeat(1000), 'known are invoice_paid, invoice_updated, role_updated, left'],
])('%s', (_, word, says) => {
  expect(didYouMean(word, known)).toBe(says);
});

test('where none is known, it says so', () => {
  expect(didYouMean('left', [])).toBe('there is none');
});
