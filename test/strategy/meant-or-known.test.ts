import { expect, test } from 'vitest';
import { meantOrKnown } from '../../src/strategy/strategy-error.ts';

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
  expect(meantOrKnown(word, known)).toBe(says);
});

test('where none is known, it says so', () => {
  expect(meantOrKnown('left', [])).toBe('there is none');
});
