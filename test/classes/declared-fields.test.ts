import { expect, test } from 'vitest';
import * as z from 'zod';
import { declaredFields } from '../../src/classes/declared-fields.ts';
import { storable } from '../support/worker/front-ends.ts';
import { aClass, world } from '../support/worker/world.ts';

const row = z.object({ id: z.string(), price: z.number() });

test.each<readonly [string, z.ZodType | undefined, readonly string[]]>([
  ['none', undefined, []],
  ['an object', row, ['id', 'price']],
  ['a strict one, a loose one', z.strictObject({ a: z.looseObject({ b: z.any() }) }), ['a', 'b']],
  ['a list', z.array(row), ['id', 'price']],
  ['a tuple', z.tuple([z.string(), row]), ['id', 'price']],
  ['a record, whose keys are data', z.record(z.string(), row), ['id', 'price']],
  ['a union', z.union([row, z.object({ other: z.null() })]), ['id', 'price', 'other']],
  [
    'one by a field',
    z.discriminatedUnion('is', [
      z.object({ is: z.literal('a'), a: z.int() }),
      z.object({ is: z.literal('b') }),
    ]),
    ['is', 'a'],
  ],
  ['an intersection', z.intersection(row, z.object({ at: z.string() })), ['id', 'price', 'at']],
  ['what may be missing', row.optional().nullable().default(null).readonly().catch(null), ['id', 'price']],
  ['what is refined and transformed', row.refine(() => true).transform((it) => it.id), ['id', 'price']],
  [
    'a pipe',
    z
      .string()
      .pipe(z.transform(() => ({ id: '' })))
      .pipe(row),
    ['id', 'price'],
  ],
  [
    'what is far within',
    z.object({ a: z.array(z.object({ b: z.record(z.string(), z.array(row)) })) }),
    ['a', 'b', 'id', 'price'],
  ],
])('%s', (_, schema, names) => expect([...declaredFields(schema)]).toEqual(names));

test('one that holds itself ends', () => {
  interface Tree {
    readonly name: string;
    readonly children: readonly Tree[];
  }
  const tree: z.ZodType<Tree> = z.object({
    name: z.string(),
    get children() {
      return z.array(tree);
    },
  });
  expect([...declaredFields(tree)]).toEqual(['name', 'children']);
});

test.each([
  ['', ['total', 'by.*.open']],
  ['a-secret-of-at-least-32-characters-long!', ['*', '*.*.*']],
])(
  'the log shows them where an answer differs, though all are of one kind: LOG_HASH_IDS=%s',
  async (secret, at) => {
    const value = z.object({ total: z.number(), by: z.record(z.string(), z.object({ open: z.number() })) });
    const settings = secret ? { LOG_HASH_IDS: secret } : {};
    const { edge, origin } = world([aClass({ compare: '100%', value })], { settings });
    const answer = (n: number) => storable({ total: n, by: { alice: { open: n } } });
    origin.on('/report/r1', answer(1));
    await edge.get('/report/r1');
    origin.on('/report/r1', answer(2));
    await edge.get('/report/r1');
    expect(edge.log.filter(({ event }) => event === 'comparison')).toMatchObject([{ at }]);
  },
);
