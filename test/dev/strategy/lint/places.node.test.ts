import { expect, test } from 'vitest';
import type { Place } from '../../../../dev/strategy/lint/finding.ts';
import { lineIn } from '../../../../dev/strategy/lint/places.ts';

const files = [
  {
    file: 'routes/hooks.ts',
    text: `export const hooks = webhooks(strategy, {
  'my-app': {
    events: { invoice_paid: on('invoice_paid', z.object({ payload: z.string() }), () => null) },
  },
  stripe: { scheme: 'stripe', events: {} },
});`,
  },
  {
    file: 'routes/pages.ts',
    text: `app.all('/docs/*', httpCache({ staleIfError: '1h' }));
app.all('/site/*', httpCache({
  name: 'site',
}));`,
  },
  {
    file: 'routes/strategy.ts',
    text: `const scheme = hmacScheme({ name: 'invoice' });
export const invoice = dataClass({
  version: 1,
  name: "invoice",
});
export const invoices = dataClass({ name: 'invoices' });
export const strategy = defineStrategy({
  events: {
    invoice_paid: {
      // Told by Stripe.
      payload: z.object({}),
    },
    'paid': { purges: {} },
  },
});`,
  },
];

test.each<[Place['kind'], string, string]>([
  ['class', 'invoice', 'routes/strategy.ts:2'],
  ['class', 'invoices', 'routes/strategy.ts:6'],
  ['event', 'invoice_paid', 'routes/strategy.ts:9'],
  ['event', 'paid', 'routes/strategy.ts:13'],
  ['source', 'my-app', 'routes/hooks.ts:2'],
  ['source', 'stripe', 'routes/hooks.ts:5'],
  ['HTTP cache', 'http', 'routes/pages.ts:1'],
  ['HTTP cache', 'site', 'routes/pages.ts:2'],
  ['strategy', '', 'routes/strategy.ts:7'],
])('%s %s is found where it is defined', (kind, name, at) => {
  expect(lineIn(files, { kind, name })).toBe(at);
});

test('what is not found is shown at the strategy, and without one nowhere', () => {
  expect(lineIn(files, { kind: 'class', name: 'made_elsewhere' })).toBe('routes/strategy.ts:7');
  expect(lineIn([], { kind: 'class', name: 'invoice' })).toBeNull();
});
