import { expect, test } from 'vitest';
import { percent, ttlText } from '../../../../cli/assess/figures/words.ts';

test.each([
  [1, '1s'],
  [90, '90s'],
  [600, '10m'],
  [3600, '1h'],
  [5400, '90m'],
  [604_800, '7d'],
])('%i s is %s', (seconds, text) => expect(ttlText(seconds)).toBe(text));

test.each([
  [0, '0 %'],
  [0.004, '0.4 %'],
  [0.5, '50 %'],
  [0.995, '100 %'],
  [1, '100 %'],
])('%f is %s', (share, text) => expect(percent(share)).toBe(text));
