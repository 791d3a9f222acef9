import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { bounds } from '../../src/bounds.ts';
import { fieldErrors } from '../../src/strategy/field-errors.ts';
import { inOurWords } from '../../src/strategy/says.ts';

type Row = readonly [schema: z.ZodType, given: unknown, says: string];

/** What is said of the first issue. */
const saysWhole = ([schema, given]: Row) => schema.safeParse(given, inOurWords).error?.issues[0]?.message;

const day = new Date('2026-01-31T09:00:00Z');
const whole = 'must be a whole number';

/** Each maker of `z` that raises issues: one or more schemas, what they are given, and what is said. */
const makers: Record<string, readonly Row[]> = {
  string: [
    [z.string(), 7, 'must be a string'],
    [z.string(), undefined, 'is missing'],
    [z.string(), null, 'must be a string'],
  ],
  email: [[z.email(), 'x', 'must be an email address']],
  guid: [[z.guid(), 'x', 'must be a GUID']],
  uuid: [[z.uuid(), 'x', 'must be a UUID']],
  uuidv4: [[z.uuidv4(), 'x', 'must be a UUID']],
  uuidv6: [[z.uuidv6(), 'x', 'must be a UUID']],
  uuidv7: [[z.uuidv7(), 'x', 'must be a UUID']],
  url: [[z.url(), 'x', 'must be a URL']],
  httpUrl: [[z.httpUrl(), 'ftp://x', 'must be a URL']],
  emoji: [[z.emoji(), 'x', 'must be an emoji']],
  nanoid: [[z.nanoid(), 'x', 'must be a Nano ID']],
  cuid: [[z.cuid(), '-', 'must be a CUID']],
  cuid2: [[z.cuid2(), '-', 'must be a CUID2']],
  ulid: [[z.ulid(), 'x', 'must be a ULID']],
  xid: [[z.xid(), 'x', 'must be an XID']],
  ksuid: [[z.ksuid(), 'x', 'must be a KSUID']],
  ipv4: [[z.ipv4(), 'x', 'must be an IPv4 address']],
  ipv6: [[z.ipv6(), 'x', 'must be an IPv6 address']],
  mac: [[z.mac(), 'x', 'must be a MAC address']],
  cidrv4: [[z.cidrv4(), 'x', 'must be an IPv4 range such as 192.0.2.0/24']],
  cidrv6: [[z.cidrv6(), 'x', 'must be an IPv6 range such as 2001:db8::/32']],
  base64: [[z.base64(), '%', 'must be base64']],
  base64url: [[z.base64url(), '%', 'must be base64url']],
  e164: [[z.e164(), 'x', 'must be a phone number such as +12025550100']],
  creditCard: [[z.creditCard(), 'x', 'must be a card number']],
  iban: [[z.iban(), 'x', 'must be an IBAN']],
  jwt: [[z.jwt(), 'x', 'must be a JWT']],
  stringFormat: [
    [z.stringFormat('product', /^P/), 'x', 'is not valid'],
    [z.stringFormat('constructor', /^P/), 'x', 'is not valid'],
  ],
  hostname: [[z.hostname(), '-', 'must be a host name']],
  hex: [[z.hex(), 'x', 'must be hexadecimal']],
  currencyCode: [[z.currencyCode(), 'x', 'must be a currency such as EUR']],
  hash: [[z.hash('sha256'), 'x', 'is not valid']],
  number: [
    [z.number(), '7', 'must be a number'],
    [z.number(), Number.NaN, 'must be a number'],
    [z.number(), Number.POSITIVE_INFINITY, 'must be a number'],
  ],
  int: [
    [z.int(), 1.5, whole],
    [z.int(), 2 ** 60, `must be at most ${Number.MAX_SAFE_INTEGER}`],
  ],
  float32: [[z.float32(), 1e300, 'must be at most 3.4028234663852886e+38']],
  float64: [[z.float64(), 'x', 'must be a number']],
  int32: [[z.int32(), 2 ** 31, 'must be at most 2147483647']],
  uint32: [[z.uint32(), -1, 'must be at least 0']],
  boolean: [[z.boolean(), 'yes', 'must be true or false']],
  bigint: [[z.bigint(), 1, whole]],
  int64: [[z.int64(), 2n ** 63n, 'must be at most 9223372036854775807']],
  uint64: [[z.uint64(), -1n, 'must be at least 0']],
  symbol: [[z.symbol(), 1, 'must be a symbol']],
  undefined: [[z.undefined(), 1, 'must be left out']],
  null: [[z.null(), 1, 'must be null']],
  never: [[z.never(), 1, 'must be left out']],
  void: [[z.void(), 1, 'must be left out']],
  date: [
    [z.date(), '2026', 'must be a date'],
    [z.date(), new Date(Number.NaN), 'must be a date'],
  ],
  array: [[z.array(z.any()), {}, 'must be a list']],
  keyof: [[z.keyof(z.object({ a: z.any(), b: z.any() })), 'c', 'must be one of a, b']],
  object: [[z.object({}), [], 'must be an object']],
  strictObject: [[z.strictObject({}), { a: 1 }, 'has a field that is not known here']],
  looseObject: [[z.looseObject({}), 1, 'must be an object']],
  union: [
    [z.union([z.string(), z.number()]), true, 'must be a string or a number'],
    [z.union([z.string(), z.number()]), undefined, 'is missing'],
    [z.union([z.literal('a'), z.literal('b'), z.int()]), 'c', 'must be a or b or a number'],
    [
      z.union([z.object({ a: z.int() }), z.object({ b: z.int() })]),
      {},
      'has none of the forms that are allowed',
    ],
  ],
  xor: [[z.xor([z.string(), z.any()]), 'x', 'fits more than one of the forms that are allowed']],
  discriminatedUnion: [
    [discriminated(), { kind: 'c' }, 'must be one of a, b'],
    [discriminated(), {}, 'is missing'],
    [discriminated(), 'a', 'must be an object'],
    [discriminated(), undefined, 'is missing'],
  ],
  intersection: [[z.intersection(z.string(), z.any()), 1, 'must be a string']],
  tuple: [
    [z.tuple([z.any()]), {}, 'must be a list'],
    [z.tuple([z.any()]), [1, 2], 'must have at most 1 element'],
    [z.tuple([z.any(), z.string()]), [], 'must have at least 2 elements'],
  ],
  record: [
    [z.record(z.string(), z.any()), [], 'must be an object'],
    [z.record(z.string().min(2), z.any()), { a: 1 }, 'its name must be at least 2 characters'],
    [z.record(z.enum(['a', 'b']), z.string()), { a: 'x' }, 'is missing'],
  ],
  partialRecord: [[z.partialRecord(z.enum(['a']), z.any()), { b: 1 }, 'has a field that is not known here']],
  looseRecord: [[z.looseRecord(z.string(), z.int()), { a: 'x' }, 'must be a number']],
  map: [
    [z.map(z.any(), z.any()), {}, 'must be a map'],
    [z.map(z.any(), z.string()), new Map([[{}, 1]]), 'an element must be a string'],
    [z.map(z.date(), z.any()), new Map([[{}, 1]]), 'its name must be a date'],
  ],
  set: [
    [z.set(z.any()), [], 'must be a set'],
    [z.set(z.string()), new Set([1]), 'must be a string'],
  ],
  enum: [
    [z.enum(['draft', 'open', 'paid']), 'lost', 'must be one of draft, open, paid'],
    [z.enum(['draft']), 'lost', 'must be draft'],
    [z.enum(['draft']), undefined, 'is missing'],
    [z.enum(['', 'in two', 'a,b']), 'lost', 'must be one of "", "in two", "a,b"'],
  ],
  nativeEnum: [[z.nativeEnum({ A: 1, B: 2 }), 3, 'must be one of 1, 2']],
  literal: [
    [z.literal(true), 'x', 'must be true'],
    [z.literal([1n, null]), 'x', 'must be one of 1, null'],
  ],
  file: [[z.file(), 'x', 'must be a file']],
  exactOptional: [[z.exactOptional(z.string()), 1, 'must be a string']],
  nonoptional: [[z.nonoptional(z.any()), undefined, 'is missing']],
  nan: [[z.nan(), 1, 'must be NaN']],
  pipe: [[z.pipe(z.string(), z.string().min(2)), 'x', 'must be at least 2 characters']],
  templateLiteral: [[z.templateLiteral(['v', z.number()]), 'x', 'is not valid']],
  custom: [[z.custom(() => false), 'x', 'is not valid']],
  instanceof: [[z.instanceof(URL), 'x', 'is not valid']],
  stringbool: [[z.stringbool({ truthy: ['on'], falsy: ['off'] }), 'x', 'must be one of on, off']],
  json: [[z.json(), () => 1, 'must be a string or a number or true or false or null or a list or an object']],

  refine: [[z.string().refine(() => false), 'x', 'is not valid']],
  superRefine: [[z.string().superRefine((_, ctx) => ctx.addIssue({ code: 'custom' })), 'x', 'is not valid']],
  lt: [
    [z.number().lt(3), 3, 'must be less than 3'],
    [z.date().max(day), new Date(day.getTime() + 1), 'must not be after 2026-01-31T09:00:00.000Z'],
    [z.date().check(z.lt(day)), day, 'must be before 2026-01-31T09:00:00.000Z'],
  ],
  lte: [[z.number().lte(3), 4, 'must be at most 3']],
  gt: [
    [z.bigint().gt(3n), 3n, 'must be more than 3'],
    [z.date().min(day), new Date(0), 'must not be before 2026-01-31T09:00:00.000Z'],
    [z.date().check(z.gt(day)), day, 'must be after 2026-01-31T09:00:00.000Z'],
  ],
  gte: [[z.number().gte(3), 2, 'must be at least 3']],
  positive: [[z.number().positive(), 0, 'must be more than 0']],
  negative: [[z.number().negative(), 0, 'must be less than 0']],
  nonpositive: [[z.number().nonpositive(), 1, 'must be at most 0']],
  nonnegative: [[z.number().nonnegative(), -1, 'must be at least 0']],
  multipleOf: [[z.number().multipleOf(5), 4, 'must be a multiple of 5']],
  maxSize: [[z.set(z.any()).max(1), new Set([1, 2]), 'must have at most 1 element']],
  minSize: [
    [z.map(z.any(), z.any()).min(2), new Map(), 'must have at least 2 elements'],
    [z.file().min(2), new File([], 'x'), 'must be at least 2 bytes'],
  ],
  size: [[z.set(z.any()).size(2), new Set(), 'must have exactly 2 elements']],
  maxLength: [
    [z.string().max(1), 'xx', 'must be at most 1 character'],
    [z.array(z.any()).max(1), [1, 2], 'must have at most 1 element'],
  ],
  minLength: [
    [z.string().min(3), 'x', 'must be at least 3 characters'],
    [z.string().min(1), '', 'must not be empty'],
    [z.array(z.any()).min(1), [], 'must not be empty'],
  ],
  length: [
    [z.string().length(2), 'x', 'must be exactly 2 characters'],
    [z.array(z.any()).length(2), [], 'must have exactly 2 elements'],
  ],
  regex: [[z.string().regex(/^secret-pattern$/), 'x', 'is not valid']],
  lowercase: [[z.string().lowercase(), 'X', 'must be in lower case']],
  uppercase: [[z.string().uppercase(), 'x', 'must be in upper case']],
  includes: [[z.string().includes('a b'), 'x', 'must contain "a b"']],
  startsWith: [[z.string().startsWith('inv_'), 'x', 'must start with "inv_"']],
  endsWith: [[z.string().endsWith('"'), 'x', String.raw`must end with "\""`]],
  property: [[z.string().check(z.property('length', z.literal(2))), 'x', 'must be 2']],
  properties: [[z.any().check(z.properties({ a: z.string() })), null, 'must be an object']],
  mime: [
    [z.file().mime(['image/png', 'image/jpeg']), new File([], 'x'), 'must be one of image/png, image/jpeg'],
  ],

  'iso.datetime': [[z.iso.datetime(), 'x', 'must be a time such as 2026-01-31T09:00:00Z']],
  'iso.date': [[z.iso.date(), 'x', 'must be a date such as 2026-01-31']],
  'iso.time': [[z.iso.time(), 'x', 'must be a time of day such as 09:00:00']],
  'iso.duration': [[z.iso.duration(), 'x', 'must be a duration such as P1DT2H']],
  'coerce.number': [[z.coerce.number(), 'x', 'must be a number']],
  'coerce.string': [[z.coerce.string().min(9), 1, 'must be at least 9 characters']],
  'coerce.bigint': [[z.coerce.bigint(), 'x', whole]],
  'coerce.date': [[z.coerce.date(), 'x', 'must be a date']],
};

/** What of `z` raises no issue of its own: it passes on what is inside, changes the value, or is no schema at all. */
const silent = new Set(
  `any unknown transform optional nullable nullish _default prefault success catch codec invertCodec readonly lazy promise
  _function function preprocess check describe meta overwrite normalize trim toLowerCase toUpperCase slugify coerce.boolean
  registry config memoizer clone treeifyError prettifyError formatError flattenError toZod compile withParser
  getDiscriminatedOption toJSONSchema fromJSONSchema deepPartial input output parse parseAsync safeParse safeParseAsync
  validate validateAsync encode decode encodeAsync decodeAsync safeEncode safeDecode safeEncodeAsync safeDecodeAsync
  setErrorMap getErrorMap`.split(/\s+/),
);

function discriminated() {
  const option = (kind: string) => z.object({ kind: z.literal(kind) });
  return z.discriminatedUnion('kind', [option('a'), option('b')]);
}

describe('every check of zod has words of ours', () => {
  test.each(Object.entries(makers).flatMap(([name, rows]) => rows.map((row) => [name, row] as const)))(
    '%s',
    (_, row) => expect(saysWhole(row)).toBe(row[2]),
  );

  const functionsOf = (of: object, prefix = '') =>
    Object.entries(of).flatMap(([name, it]) =>
      typeof it === 'function' && !/^_?Zod/.test(name) ? [prefix + name] : [],
    );

  test('one that a new version of zod brings is found here', () => {
    const all = [...functionsOf(z), ...functionsOf(z.iso, 'iso.'), ...functionsOf(z.coerce, 'coerce.')];
    expect(all.filter((name) => !silent.has(name)).toSorted()).toEqual(Object.keys(makers).toSorted());
  });

  /** `tsc` misses a code here that a new version brings. */
  const codes: Record<z.core.$ZodIssueCode, true> = {
    invalid_type: true,
    invalid_value: true,
    invalid_format: true,
    too_small: true,
    too_big: true,
    not_multiple_of: true,
    unrecognized_keys: true,
    invalid_key: true,
    invalid_element: true,
    invalid_union: true,
    custom: true,
  };
  test('each code is raised by one of them', () => {
    const raised = Object.values(makers)
      .flat()
      .map(([schema, given]) => schema.safeParse(given).error?.issues[0]?.code);
    expect([...new Set(raised)].toSorted()).toEqual(Object.keys(codes).toSorted());
  });

  test('a code that is not known yet is not valid, and never in words of zod’s', () => {
    const schema = z.any().check(({ issues, value }) => {
      issues.push({ code: 'too_odd' as 'custom', input: value });
    });
    expect(saysWhole([schema, 'x', ''])).toBe('is not valid');
  });

  test('a long list of values is cut', () => {
    const letters = [...'abcdefghijklmnopqrstuvwxyz'];
    expect(saysWhole([z.enum(letters), 'x1', ''])).toBe(
      'must be one of a, b, c, d, e, f, g, h, i, j, k, l, …',
    );
    const forms = letters.map((letter) => z.literal(letter));
    expect(saysWhole([z.union(forms), 'x1', ''])).toBe('has none of the forms that are allowed');
  });
});

describe('what the team wrote comes first', () => {
  afterEach(() => void z.config({ customError: undefined }));
  const month = 'must be a month, YYYY-MM';

  test.each<[string, z.ZodType, unknown]>([
    ['at a check', z.string().regex(/^\d{4}-\d\d$/, month), 'x'],
    ['at a schema', z.string({ error: month }), 7],
    ['at a schema, for its checks', z.string({ error: month }).min(3), 'x'],
    [
      'of a missing one',
      z.string({ error: ({ input }) => (input === undefined ? month : undefined) }),
      undefined,
    ],
    ['in a refinement', z.string().refine(() => false, month), 'x'],
    ['in a context', z.string().superRefine((_, ctx) => ctx.addIssue(month)), 'x'],
    ['at a union', z.union([z.object({ a: z.int() }), z.string()], month), { a: 'x' }],
    ['in a union', z.union([z.string().regex(/^\d{4}/, month)]), 'x'],
    ['at a strict object', z.strictObject({}, month), { a: 1 }],
  ])('%s', (_, schema, given) => expect(saysWhole([schema, given, ''])).toBe(month));

  test('for all of zod', () => {
    z.config({ customError: ({ code }) => (code === 'too_small' ? 'is too short for us' : undefined) });
    expect(saysWhole([z.string().min(3), 'x', ''])).toBe('is too short for us');
    expect(saysWhole([z.string(), 7, ''])).toBe('must be a string');
  });

  test('but not a language of zod’s own', () => {
    z.config(z.locales.de());
    try {
      expect(saysWhole([z.string(), 7, ''])).toBe('must be a string');
      expect(z.string().safeParse(7).error?.issues[0]?.message).toMatch(/^Ungültige Eingabe/);
    } finally {
      z.config(z.locales.en());
    }
  });

  test('and zod speaks as before where a team uses it', () => {
    expect(z.string().safeParse(7).error?.issues[0]?.message).toMatch(/^Invalid input/);
  });
});

describe('fields at fault', () => {
  const long = 'n'.repeat(1_000);
  const errorsOf = (schema: z.ZodType, given: unknown) =>
    fieldErrors(schema.safeParse(given, inOurWords).error!, 'body', given).map(
      ({ field, detail }) => `${field}: ${detail}`,
    );

  test.each<[string, z.ZodType, unknown, string[]]>([
    ['the whole', z.object({}), 7, ['body: must be an object']],
    ['nested', z.object({ a: z.array(z.int()) }), { a: [1, 'x'] }, ['a.1: must be a number']],
    [
      'each that is not known, by name',
      z.strictObject({ a: z.strictObject({}) }),
      { a: { b: 1, c: 1 }, d: 1 },
      ['a.b: there is no such field', 'a.c: there is no such field', 'd: there is no such field'],
    ],
    ['unknown ones as the author says', z.strictObject({}, 'must be {}'), { a: 1 }, ['a: must be {}']],
    [
      'in the form that was meant',
      z.union([z.string(), z.object({ a: z.union([z.null(), z.strictObject({ b: z.int() })]) })]),
      { a: { b: 'x', c: 1 } },
      ['a.b: must be a number', 'a.c: there is no such field'],
    ],
    [
      'of a union with words of its own',
      z.union([z.string(), z.object({ a: z.int() })], 'must be it'),
      {},
      ['body: must be it'],
    ],
    [
      'of the discriminator',
      z.object({ of: discriminated() }),
      { of: { kind: 7 } },
      ['of.kind: must be one of a, b'],
    ],
    ['of a record', z.record(z.string().regex(/^a/), z.int()), { b: 1 }, ['b: its name is not valid']],
  ])('%s', (_, schema, given, says) => expect(errorsOf(schema, given)).toEqual(says));

  test.each<[string, z.ZodType, unknown, string[]]>([
    ['a number', z.object({ n: z.coerce.number() }), {}, ['n: is missing']],
    ['a date', z.object({ n: z.coerce.date() }), {}, ['n: is missing']],
    ['one of one’s own', z.object({ n: z.preprocess(Number, z.number()) }), {}, ['n: is missing']],
    [
      'further in',
      z.object({ a: z.array(z.object({ n: z.coerce.number() })) }),
      { a: [{}] },
      ['a.0.n: is missing'],
    ],
    ['in the author’s words', z.object({ n: z.coerce.number('say how many') }), {}, ['n: say how many']],
    ['but there', z.object({ n: z.coerce.number() }), { n: 'x' }, ['n: must be a number']],
    ['null', z.object({ n: z.coerce.date() }), { n: 'x' }, ['n: must be a date']],
  ])('that are missing where they are coerced: %s', (_, schema, given, says) =>
    expect(errorsOf(schema, given)).toEqual(says),
  );

  test('have a path that is short, however deep they stand', () => {
    const given = Array.from({ length: 199 }).reduce<unknown>((inner) => [inner], undefined);
    const [error] = fieldErrors(z.json().safeParse(given, inOurWords).error!, 'body', given);
    expect(error!.field.length).toBeLessThanOrEqual(bounds.fieldPathChars);
    const named = z.object({
      [long]: z.object({ [long]: z.object({ [long]: z.object({ [long]: z.int() }) }) }),
    });
    const deep = { [long]: { [long]: { [long]: { [long]: 'x' } } } };
    const [far] = errorsOf(named, deep);
    expect(far).toBe(
      `${`${long.slice(0, 64)}.`.repeat(4).slice(0, bounds.fieldPathChars - 1)}…: must be a number`,
    );
  });

  test('are few, and their names short', () => {
    const errors = errorsOf(
      z.record(z.string(), z.int()),
      Object.fromEntries(Array.from({ length: 99 }, (_, i) => [long + i, 'x'])),
    );
    expect(errors).toHaveLength(bounds.fieldErrors);
    expect(errors[0]).toBe(`${'n'.repeat(bounds.fieldNameChars)}: must be a number`);
  });

  test('show neither what was given nor a pattern', () => {
    const secret = 'sk_live_1234';
    const schemas = Object.values(makers)
      .flat()
      .map(([schema]) => schema);
    const shown = schemas.flatMap((schema) => {
      const { error } = schema.safeParse(secret, inOurWords);
      return error ? fieldErrors(error, 'body', secret).map(({ detail }) => detail) : [];
    });
    expect(shown.length).toBeGreaterThan(60);
    for (const detail of shown) expect(detail).not.toMatch(/sk_live|\^|\$|Invalid|received|expected/);
  });
});
