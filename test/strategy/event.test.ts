import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { dataClass } from '../../src/strategy/data-class.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import type { EventDefinition } from '../../src/strategy/event.ts';
import type { DataClassDefinition } from '../../src/strategy/types.ts';

const aClass = (different: Partial<DataClassDefinition<{ id: string }>> = {}) =>
  dataClass({
    ...{ name: 'invoice', version: 1, scope: 'tenant', key: '{id}', params: z.object({ id: z.string() }) },
    ...{ access: 'tenant', tags: ['invoice:{id}'], read: 'read-through', origin: '/{id}', ttl: '1m' },
    rationale: 'for a test',
    ...different,
  } as DataClassDefinition<{ id: string }>);
const payload = z.object({ invoice_id: z.string(), user_id: z.string(), note: z.string().optional() });
const define = (event: Partial<EventDefinition>, ...classes: ReturnType<typeof aClass>[]) =>
  defineStrategy({
    classes: classes.length > 0 ? classes : [aClass({ invalidatedBy: ['happened'] })],
    events: { happened: { payload, purges: {}, ...event } },
  });

describe('An event purges', () => {
  const given = { invoice_id: 'inv_1', user_id: 'ann' };
  test.each<[string, Partial<EventDefinition>, object]>([
    ['tags', { purges: { tags: ['invoice:{invoice_id}'] } }, { tags: ['invoice:inv_1'], mode: 'hard' }],
    [
      'a tag once',
      { purges: { tags: ['invoice:{invoice_id}', 'invoice:{invoice_id}'] } },
      { tags: ['invoice:inv_1'] },
    ],
    ['softly', { purges: { classes: ['invoice'] }, mode: 'soft' }, { classes: ['invoice'], mode: 'soft' }],
    ['everything', { purges: { everything: true } }, { everything: true, whose: 'tenant' }],
    ['over all tenants', { purges: { classes: ['invoice'] }, whose: 'everyone' }, { whose: 'everyone' }],
  ])('%s', (_, event, purges) => {
    expect(define(event).purgesOf('happened', given)).toMatchObject(purges);
  });

  test('what is kept for a user', () => {
    const cls = aClass({ scope: 'user', access: 'user', tags: [], invalidatedBy: ['happened'] });
    expect(define({ purges: { users: ['{user_id}'] } }, cls).purgesOf('happened', given)).toMatchObject({
      users: ['ann'],
    });
  });

  test('once more after the longest settle of the classes that it reaches', () => {
    const one = aClass({ settle: '2s' });
    const two = aClass({ name: 'two', tags: ['two:{id}'], settle: '9s' });
    const strategy = define({ purges: { tags: ['invoice:{invoice_id}'] } }, one, two);
    expect(strategy.purgesOf('happened', given).settleMs).toBe(2000);
    expect(strategy.settleMs).toBe(9000);
  });
});

describe('A definition that could not do what it says does not start:', () => {
  test.each<[string, Partial<EventDefinition>]>([
    ['events.happened.purges: names nothing', {}],
    ['events.happened.purges.tags: {id} is not in the event', { purges: { tags: ['invoice:{id}'] } }],
    [
      "events.happened.purges.tags: {invoiceid} is not in the event's payload; add it there or take it out; did you mean 'invoice_id'?",
      { purges: { tags: ['invoice:{invoiceid}'] } },
    ],
    [
      'events.happened.purges.classes: there is no class "invoices"; take it out, or add it; did you mean \'invoice\'?',
      { purges: { classes: ['invoices', 'invoice'] } },
    ],
    [
      'events.happened.purges.tags: {note} may be absent',
      { purges: { tags: ['note:{note}', 'invoice:{invoice_id}'] } },
    ],
    ['events.happened.purges.tags: "a b"', { purges: { tags: ['a b', 'invoice:{invoice_id}'] } }],
    [
      'events.happened.purges.classes: there is no class "bill"',
      { purges: { classes: ['bill', 'invoice'] } },
    ],
    [
      'events.happened.whose: over all tenants only classes can be purged',
      { purges: { tags: ['invoice:{invoice_id}'], classes: ['invoice'] }, whose: 'everyone' },
    ],
    [
      "invoice.invalidatedBy: 'happened' purges nothing that its entries name",
      { purges: { tags: ['bill:{invoice_id}'] } },
    ],
    ["invoice.invalidatedBy: 'happened' purges nothing", { purges: { users: ['{user_id}'] } }],
    [
      "invoice.invalidatedBy: 'happened' purges nothing",
      { purges: { classes: ['invoice'] }, whose: 'public' },
    ],
    [
      'strategy.events.happened.mode: "medium" is not valid',
      { purges: { everything: true }, mode: 'medium' as 'hard' },
    ],
    ['strategy.events.happened.purges.everything', { purges: { everything: false as unknown as true } }],
  ])('%s', (line, event) => {
    expect(() => define(event)).toThrow(`  ${line}`);
  });

  test('public data is purged by events about public data', () => {
    const cls = aClass({
      ...{ scope: 'public', access: 'public', cacheControl: 'no-store', invalidatedBy: ['happened'] },
    });
    const purges = { tags: ['invoice:{invoice_id}'] };
    expect(() => define({ purges }, cls)).toThrow("'happened' purges nothing");
    expect(define({ purges, whose: 'public' }, cls).purgesOf('happened', { invoice_id: 'a' })).toMatchObject({
      whose: 'public',
    });
    expect(() => define({ purges: { users: ['{user_id}'] }, whose: 'public' })).toThrow(
      'public data is kept for no user',
    );
  });
});
