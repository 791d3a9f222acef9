import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../dev/bundle.ts';
import { type RunningEdge, startEdge } from '../../dev/edge.ts';
import {
  refusal,
  result,
  type Scripted,
  type ScriptedRedis,
  startScriptedRedis,
} from '../support/node/scripted-redis.ts';
import type { StoreAsk, StoreSaid } from './support/store-worker.ts';
import { lease, lookup, metricsVerbs, purge, receiptVerbs, SECRET, verbs } from './support/verbs.ts';

/** The adapter in workerd, before a server that fails in every way there is. */
let edge: RunningEdge;
let redis: ScriptedRedis;
const logged: string[] = [];

beforeAll(async () => {
  redis = await startScriptedRedis();
  const script = await bundle('test/store/support/store-worker.ts');
  edge = await startEdge({ script, bindings: {}, log: (line) => logged.push(line) });
});
afterAll(async () => {
  await edge.stop();
  await redis.close();
});

const token = `${SECRET}-rest-token`;

async function ask(verb: StoreAsk['verb'], what: unknown, over: Partial<StoreAsk> = {}): Promise<StoreSaid> {
  const body: StoreAsk = { url: redis.url, token, deadlineMs: 20_000, verb, ask: what, ...over };
  const answer = await fetch(edge.url, { method: 'POST', body: JSON.stringify(body) });
  return (await answer.json()) as StoreSaid;
}

/** A `StoreError` of this kind, and not a word of what was sent. */
function expectFailure(said: StoreSaid, kind: string): void {
  expect(said).toMatchObject({ name: 'StoreError', kind });
  expect(JSON.stringify(said)).not.toContain(SECRET);
}

const failures: Record<string, [answer: Scripted, kind: string]> = {
  'a cut connection': ['drop', 'unreachable'],
  '400 and an error': [refusal(400, `ERR unknown command '${SECRET}'`), 'refused'],
  '401, as for a wrong token': [refusal(401, 'WRONGPASS invalid or missing auth token'), 'refused'],
  '429': [refusal(429, 'ERR max requests limit exceeded'), 'refused'],
  '500 and an error': [refusal(500, 'ERR internal'), 'refused'],
  'an error with status 200': [refusal(200, 'ERR something'), 'refused'],
  'a proxy’s error page': [{ status: 502, body: `<html>Bad gateway ${SECRET}</html>` }, 'garbage'],
  'an error without words': [{ status: 500, body: '{}' }, 'refused'],
  'an error that is null': [{ status: 500, body: 'null' }, 'garbage'],
  'an empty body': [{ body: '' }, 'garbage'],
  'text that is not JSON': [{ body: `${SECRET}` }, 'garbage'],
  'JSON cut in the middle': [{ body: '{"result":["' }, 'garbage'],
  'no result': [{ body: '{}' }, 'garbage'],
  null: [{ body: 'null' }, 'garbage'],
  'a list': [{ body: '[{"result":1}]' }, 'garbage'],
  'a result that is null': [result(null), 'garbage'],
  'a result that is text': [result(SECRET), 'garbage'],
  'a result that is a large number': [result(42), 'garbage'],
  'a result that is an object': [result({ [SECRET]: 1 }), 'garbage'],
  'a result that is an empty list': [result([]), 'garbage'],
};

describe.each(verbs)('$verb', ({ verb, ask: what, good, wrong }) => {
  test('is one HTTP request to /, with none of the headers that the SDK adds by default', async () => {
    redis.script(result(good));
    expect(await ask(verb, what)).toHaveProperty('reply');
    expect(redis.asked).toHaveLength(1);
    const { method, path, headers, command } = redis.asked[0]!;
    expect({ method, path, authorization: headers.authorization }).toEqual({
      ...{ method: 'POST', path: '/', authorization: `Bearer ${token}` },
    });
    expect(Object.keys(headers).filter((name) => name.startsWith('upstash'))).toEqual([]);
    expect(command[0]).toBe(verb === 'lookup' ? 'mget' : 'evalsha');
  });

  test.each(Object.entries(failures))(
    'fails once, and says no more than its kind, on %s',
    async (_name, [answer, kind]) => {
      redis.script(answer);
      expectFailure(await ask(verb, what), kind);
      expect(redis.asked).toHaveLength(1);
    },
  );

  test.each(wrong)('takes %j for garbage', async (...reply) => {
    redis.script(result(reply.length === 1 ? reply[0] : reply));
    expectFailure(await ask(verb, what), 'garbage');
  });

  test.each(['silence', 'stall'] as const)('ends at its deadline (%s)', async (answer) => {
    redis.script(answer);
    expectFailure(await ask(verb, what, { deadlineMs: 100 }), 'timeout');
    expect(redis.asked).toHaveLength(1);
  });

  test('says that nobody is there', async () => {
    const gone = await startScriptedRedis();
    await gone.close();
    expectFailure(await ask(verb, what, { url: gone.url }), 'unreachable');
  });
});

describe.each(verbs.slice(1))(
  '$verb, when the server has forgotten the script',
  ({ verb, ask: what, good }) => {
    test('sends it whole, in a second request', async () => {
      redis.script(refusal(400, 'NOSCRIPT No matching script. Please use EVAL.'), result(good));
      expect(await ask(verb, what)).toHaveProperty('reply');
      const [first, second, ...more] = redis.asked.map(({ command }) => command);
      expect([first?.[0], second?.[0], more]).toEqual(['evalsha', 'eval', []]);
      expect(second?.[1]).toContain('redis.call(');
      expect(second?.slice(2)).toEqual(first?.slice(2));
      expect(redis.asked.map(({ path }) => path)).toEqual(['/', '/']);
    });

    test('does not try a third time', async () => {
      redis.script(refusal(400, 'NOSCRIPT No matching script.'));
      expectFailure(await ask(verb, what), 'refused');
      expect(redis.asked).toHaveLength(2);
    });
  },
);

const besideEntries = [
  ...receiptVerbs.map(({ verb, ...it }) => ({ ...it, verb: `receipts.${verb}` as const })),
  ...metricsVerbs.map(({ verb, ...it }) => ({ ...it, verb: `metrics.${verb}` as const })),
];

describe.each(besideEntries)('$verb', ({ verb, ask: what, command, good, wrong }) => {
  const asked = (over?: Partial<StoreAsk>) => ask(verb, what, over);

  test('is one HTTP request', async () => {
    redis.script(result(good));
    expect(await asked()).toHaveProperty('reply');
    expect(redis.asked.map((it) => it.command[0])).toEqual([command]);
  });

  const errors = Object.entries(failures).filter(([name]) => !name.startsWith('a result that is'));
  test.each(errors)('fails once, and says no more than its kind, on %s', async (_name, [answer, kind]) => {
    redis.script(answer);
    expectFailure(await asked(), kind);
    expect(redis.asked).toHaveLength(1);
  });

  test.each(wrong.map((reply) => [reply] as const))('takes %j for garbage', async (reply) => {
    redis.script(result(reply));
    expectFailure(await asked(), 'garbage');
  });

  test.each(['silence', 'stall'] as const)('ends at its deadline (%s)', async (answer) => {
    redis.script(answer);
    expectFailure(await asked({ deadlineMs: 100 }), 'timeout');
  });
});

describe('An error that Redis names is told with that name, and without the rest', () => {
  const named: [answer: Scripted, told: string][] = [
    [refusal(401, `WRONGPASS invalid token ${SECRET}`), 'store: refused: WRONGPASS'],
    [refusal(400, `NOPERM this user has no permissions on ${SECRET}`), 'store: refused: NOPERM'],
    [refusal(400, `OOM command not allowed for ${SECRET}`), 'store: no-room: OOM'],
    [
      refusal(400, `ERR max daily request limit exceeded. ${SECRET}`),
      'store: refused: max daily request limit exceeded',
    ],
    [refusal(400, `${SECRET} without a name`), 'store: refused\n'],
  ];
  const asks = [
    ['lookup', lookup],
    ['lease', lease],
    ['receipts.read', [SECRET]],
  ] as const;
  const cases = asks.flatMap(([verb, what]) => named.map((it) => [verb, what, ...it] as const));
  test.each(cases)('%s %j %j: %s', async (verb, what, answer, told) => {
    redis.script(answer);
    const said = await ask(verb, what);
    expect(said).toMatchObject({ name: 'StoreError', told: expect.stringContaining(told) });
    expect(JSON.stringify(said)).not.toContain(SECRET);
  });
});

describe('A full database', () => {
  /** Of one generation and `last`, in one request. */
  const deletion = (renamed: object) => ({ body: JSON.stringify([renamed, { result: 2 }]) });
  const full = {
    'as Redis says it': refusal(400, "OOM command not allowed when used memory > 'maxmemory'. script: abc"),
    'as a quota': refusal(400, 'ERR DB capacity quota exceeded'),
  };

  describe.each(Object.entries(full))('%s', (_name, answer) => {
    test('refuses a lease', async () => {
      redis.script(answer);
      expectFailure(await ask('lease', lease), 'no-room');
      expect(redis.asked).toHaveLength(1);
    });

    test('does not refuse a purge: the generations and `last` are deleted instead', async () => {
      redis.script(answer, deletion({ result: 'OK' }));
      expect(await ask('purge', purge)).toEqual({ reply: { applied: 'deleted', stored: null } });
      expect(redis.asked[1]!.command).toEqual([
        ['rename', purge.generationNames[0], purge.receipt.names.metBefore],
        ['del', purge.lastName, ...purge.generationNames],
      ]);
    });

    test.each(['ERR no such key', 'ERR DB capacity quota exceeded'])(
      'nor where nothing can be renamed: %s',
      async (error) => {
        redis.script(answer, deletion({ error }));
        expect(await ask('purge', purge)).toEqual({ reply: { applied: 'deleted', stored: null } });
      },
    );
  });

  test.each([
    [refusal(500, 'ERR internal'), 'refused'],
    [result('1'), 'garbage'],
    [{ body: '{}' }, 'garbage'],
    [{ body: '[]' }, 'garbage'],
    [{ body: '[{"result":"OK"},{"result":"1"}]' }, 'garbage'],
    [{ body: '[{"result":"OK"},{"error":"ERR internal"}]' }, 'refused'],
  ] as const)('never says that a purge was applied when %j answered the deletion', async (answer, kind) => {
    redis.script(refusal(400, 'OOM'), answer);
    expectFailure(await ask('purge', purge), kind);
  });
});

test('A lookup of a value that looks like something else brings it as it is', async () => {
  redis.script(result(['42', 'null']));
  expect(await ask('lookup', lookup)).toEqual({ reply: ['42', 'null'] });
});

test('Nothing of this was logged', () => {
  expect(logged).toEqual([]);
});
