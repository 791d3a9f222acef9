import * as z from 'zod';
import { dataClass } from '../../../src/strategy/data-class.ts';
import type { DataClass } from '../../../src/strategy/types.ts';

/** One strategy as it was and as it is to be: each class stores something else, under names that may be the same. */

const id = z.string().regex(/^[a-z0-9-]+$/);
const common = {
  version: 1,
  scope: 'tenant',
  access: 'tenant',
  read: 'read-through',
  ttl: '10m',
  rationale: 'two versions of it',
} as const;

const ofOne = { ...common, key: '{id}', params: z.object({ id }) } as const;
const ofTwo = { ...common, params: z.object({ from: id, to: id }), origin: '/pairs/{from}/{to}' } as const;

const tagged = (tags: readonly string[]) =>
  dataClass({ ...ofOne, name: 'tagged', tags, origin: '/tagged/{id}' });
const paired = (key: string) => dataClass({ ...ofTwo, name: 'paired', key });
const valued = (value?: z.ZodType) =>
  dataClass({ ...ofOne, name: 'valued', origin: '/valued/{id}', ...(value && { value }) });

type Classes = Readonly<Record<'tagged' | 'paired' | 'valued', DataClass>>;

export const before: Classes = {
  tagged: tagged(['one:{id}']),
  paired: paired('{from}:{to}'),
  valued: valued(),
};
export const after: Classes = {
  tagged: tagged(['one:{id}', 'two:{id}']),
  paired: paired('{to}:{from}'),
  valued: valued(z.object({ value: z.string().regex(/^\d+$/) })),
};
