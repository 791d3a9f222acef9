import { expect, test } from 'vitest';
import { PAY_AS_YOU_GO } from '../../../../cli/assess/figures/prices.ts';
import { parseSettings } from '../../../../src/edge/settings.ts';
import { goodSettings } from '../../../support/worker/world.ts';

test('a command costs what the edge reckons with', () => {
  expect(PAY_AS_YOU_GO.dollarsPerCommand).toBe(parseSettings(goodSettings).REDIS_PRICE / 100_000);
});
