import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { path, query } from '../../src/classes/params.ts';
import { cached } from '../../src/classes/route.ts';
import { webhooks } from '../../src/index.ts';
import { hmacScheme } from '../../src/invalidation/signature/hmac-scheme.ts';
import { eventsOf } from '../../src/invalidation/sources.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import type { DataClass } from '../../src/strategy/types.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { secrets, sent } from '../support/worker/sender.ts';
import { aClass, world } from '../support/worker/world.ts';

/** What zod says by itself, whatever it is asked. */
const wordsOfZod = /Invalid|expected|received|Too (?:big|small)|Unrecognized|\^/;

interface Answered {
  readonly status: number;
  readonly json: unknown;
}

/** Its `errors`, a line for each; none of them in words of zod's. */
function said({ status, json }: Answered, expected: number): string[] {
  expect(status).toBe(expected);
  const { errors } = json as { errors: readonly { field: string; detail: string }[] };
  expect(JSON.stringify(errors)).not.toMatch(wordsOfZod);
  return errors.map(({ field, detail }) => `${field}: ${detail}`);
}

describe("a parameter of a route that is not as the class's schema asks", () => {
  const report = (schema: z.ZodType) =>
    aClass({ key: '{id}:{of}', params: z.object({ id: z.string().max(4), of: schema }) } as never);
  const ask = async (schema: z.ZodType, url: string) => {
    const cls = report(schema) as DataClass;
    const { edge } = world([], {
      strategy: defineStrategy({ classes: [cls] }),
      routes: (app) =>
        app.get('/r/:id', cached(cls as never, { params: { id: path('id'), of: query('of') } } as never)),
    });
    return said(await edge.get(url), 400);
  };

  test.each<[string, z.ZodType, string, string[]]>([
    ['a pattern', z.string().regex(/^[a-z]+$/), 'of=7', ['of: is not valid']],
    [
      'its author’s words',
      z.string().regex(/^[a-z]+$/, 'must be lower-case letters'),
      'of=7',
      ['of: must be lower-case letters'],
    ],
    ['absent', z.string(), '', ['of: is missing']],
    ['absent, and coerced', z.coerce.number(), '', ['of: is missing']],
    ['absent, and coerced to a date', z.coerce.date().transform(String), '', ['of: is missing']],
    ['absent, in its author’s words', z.string('give a month'), '', ['of: give a month']],
    ['a number', z.coerce.number().int().max(9), 'of=x', ['of: must be a number']],
    ['a limit', z.coerce.number().int().max(9), 'of=10', ['of: must be at most 9']],
    ['a whole number', z.coerce.number().int(), 'of=1.5', ['of: must be a whole number']],
    [
      'an enumeration',
      z.enum(['draft', 'open', 'paid']),
      'of=lost',
      ['of: must be one of draft, open, paid'],
    ],
    ['a union', z.union([z.literal('all'), z.literal('none')]), 'of=x', ['of: must be all or none']],
    ['a format', z.uuid(), 'of=x', ['of: must be a UUID']],
    ['yes or no', z.stringbool({ truthy: ['1'], falsy: ['0'] }), 'of=x', ['of: must be one of 1, 0']],
    ['a refinement', z.string().refine(() => false), 'of=x', ['of: is not valid']],
    [
      'JSON in it',
      z
        .string()
        .transform(JSON.parse as (text: string) => unknown)
        .pipe(z.object({ a: z.int() }))
        .transform(String),
      'of={}',
      ['of.a: is missing'],
    ],
  ])('%s', async (_, schema, asked, says) => expect(await ask(schema, `/r/r1?${asked}`)).toEqual(says));

  test('each of them is named, a parameter of the path too', async () =>
    expect(await ask(z.string().min(3), '/r/report?of=x')).toEqual([
      'id: must be at most 4 characters',
      'of: must be at least 3 characters',
    ]));
});

describe('a webhook', () => {
  const payload = z.object({ id: z.string().regex(/^r\d+$/) });
  const cls = aClass();
  const strategy = defineStrategy({
    classes: [cls],
    events: { happened: { payload, purges: { tags: ['report:{id}'] } } },
  });
  const shape = z.object({ data: z.strictObject({ id: z.string(), kind: z.enum(['a', 'b']).optional() }) });
  const scheme = hmacScheme({ header: 'X-Hub-Signature-256', label: 'sha256=' });
  const mapping = eventsOf(strategy)('happened', shape, ({ data }) => ({
    tenant: 'acme',
    payload: { id: data.id },
  }));

  test.each<[string, object, string[]]>([
    ['of another shape', {}, ['data: is missing']],
    ['with a field of another type', { data: { id: 7 } }, ['data.id: must be a string']],
    ['with another value', { data: { id: 'r1', kind: 'c' } }, ['data.kind: must be one of a, b']],
    [
      'with a field that is not known',
      { data: { id: 'r1', more: 1 } },
      ['data.more: there is no such field'],
    ],
    ["whose event's payload is not valid", { data: { id: 'x' } }, ['id: is not valid']],
  ])('%s', async (_, given, says) => {
    const { edge, clock } = world([cls], {
      strategy,
      settings: secrets,
      routes: (app) =>
        app.route('/hooks', webhooks(strategy, { github: { scheme, events: { t: mapping } } })),
    });
    const asked = await sent('github', { nowMs: clock.now(), body: { type: 't', ...given } });
    expect(said(await edge.get('/hooks/github', asked), 422)).toEqual(says);
  });
});

describe('the admin API', () => {
  const call = async (url: string, body?: unknown) => {
    const { edge } = world([aClass()], { settings: { ADMIN_TOKENS: await adminTokens('purge+read') } });
    return edge.get(
      url,
      asAdmin('purge+read', body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    );
  };

  test.each<[unknown, string[]]>([
    [[], ['body: must be a JSON object']],
    [{ tenant: 7, tags: ['a'] }, ['tenant: must be a string']],
    [{ tenant: 'acme', tags: 'a' }, ['tags: must be a list']],
    [{ tenant: 'acme', tags: [7] }, ['tags.0: must be a string']],
    [{ tenant: 'acme', tags: ['a'], everything: 'yes' }, ['everything: must be true or false']],
    [{ public: false, tags: ['a'] }, ['public: must be true']],
    [{ tenant: 'acme', tags: ['a'], colour: 1 }, ['colour: there is no such field']],
  ])('POST /-/purge with %j', async (body, says) =>
    expect(said(await call('/-/purge', body), 422)).toEqual(says),
  );

  test.each([
    ['limit=x', 'limit: must be a number from 1 to 100'],
    ['colour=1', 'colour: there is no such field'],
  ])('GET /-/purges?%s', async (asked, says) =>
    expect(said(await call(`/-/purges?${asked}`), 400)).toEqual([says]),
  );
});
