import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { HookSource } from '../../cli/environment.ts';
import { run } from '../../cli/run.ts';
import { hmacScheme } from '../../src/invalidation/signature/hmac-scheme.ts';
import { schemes } from '../../src/invalidation/signature/schemes.ts';
import { type Answer, type DeskOptions, deskWith, EDGE, ID, json, problem, receiptAt } from './desk.ts';

const BODY = '{"type":"invoice_paid"}';
const SECRET = 'a-secret-of-characters';
const events = ['invoice_paid'];
const hookSources: Readonly<Record<string, HookSource>> = {
  app: { scheme: schemes.standard, events },
  github: { scheme: schemes.github, events },
  'own-shop': { scheme: hmacScheme({ header: 'X-Own', label: 'h=' }), events },
};
const env = {
  HOOK_SECRET_APP: `whsec_${Buffer.from(SECRET).toString('base64')}, whsec_older`,
  HOOK_SECRET_GITHUB: SECRET,
  HOOK_SECRET_OWN_SHOP: SECRET,
};
const accepts: Answer = ({ method }) =>
  method === 'POST'
    ? json({ purge_id: ID }, 202)
    : json(receiptAt(0, { appliedMs: 0, verifiedMs: 0 }, { source: 'app', met: 0 }));

async function hooking(line: string, answer = accepts, options: DeskOptions = {}) {
  const desk = deskWith(answer, { hookSources, files: { 'paid.json': BODY, '-': BODY }, env, ...options });
  const sent: Headers[] = [];
  const { fetch } = desk.environment;
  const environment: typeof desk.environment = {
    ...desk.environment,
    fetch(to, init) {
      sent.push(new Headers(init?.headers));
      return fetch(to, init);
    },
  };
  const code = await run(['hook', ...line.split(' ').filter(Boolean)], environment);
  return { code, out: desk.out(), err: desk.err(), requests: desk.requests, headers: sent[0] };
}

describe('stillfresh hook', () => {
  test('signs a file as the source does, sends it, and watches what it purges', async () => {
    const { code, out, err, requests, headers } = await hooking('app --payload paid.json --id msg_1');
    expect([code, out, err]).toEqual([0, `${ID}\n`, 'verified; nothing cached had this tag\n']);
    expect(requests.map(({ method, path, token }) => [method, path, token !== null])).toEqual([
      ['POST', '/hooks/app', false], // the admin token is not the sender's to show
      ['GET', `/-/purges/${ID}`, true],
    ]);
    expect(requests[0]!.body).toEqual(JSON.parse(BODY));
    const time = headers!.get('webhook-timestamp');
    const mac = createHmac('sha256', SECRET).update(`msg_1.${time}.${BODY}`).digest('base64');
    expect([headers!.get('webhook-id'), headers!.get('webhook-signature')]).toEqual(['msg_1', `v1,${mac}`]);
  });

  test('a scheme of your own, standard input, another variable for the secret', async () => {
    const { code, headers } = await hooking('own-shop --payload - --no-wait --secret-env OTHER', accepts, {
      env: { OTHER: 'another-secret-of-ours' },
    });
    expect(code).toBe(0);
    const mac = createHmac('sha256', 'another-secret-of-ours').update(BODY).digest('hex');
    expect(headers!.get('X-Own')).toBe(`h=${mac}`);
  });

  test('an id of its own each time, or a second one would count as a repetition', async () => {
    const ids = [
      await hooking('app --payload paid.json --no-wait'),
      await hooking('app --payload @paid.json --no-wait'),
    ].map(({ headers }) => headers!.get('webhook-id'));
    expect(new Set(ids).size).toBe(2);
  });

  test('without an admin token it ends once it is accepted, and says how to see more', async () => {
    const tokenless = { ...env, STILLFRESH_TOKEN: '' };
    const { code, out, err, requests } = await hooking('app --payload paid.json', accepts, {
      env: tokenless,
    });
    expect([code, out, requests.length]).toEqual([0, `${ID}\n`, 1]);
    expect(err).toBe('accepted; set STILLFRESH_TOKEN to watch what becomes of it\n');
  });

  test.each<[string, string]>([
    ['type', 'app: ignored: no event of this type is mapped; mapped are invoice_paid\n'],
    ['event', 'app: ignored: its mapping says that this one means nothing here, or its lists are empty\n'],
    ['tenant', 'app: ignored: its mapping knows no tenant for it\n'],
    ['a-later-reason', 'app: ignored: a-later-reason\n'],
  ])('one that is ignored for its %s is told: 0, with --strict 4', async (ignored, said) => {
    const answer: Answer = () => json({ ignored }, 202);
    const { code, out, err } = await hooking('app --payload paid.json', answer);
    expect([code, out, err]).toEqual([0, '', said]);
    const strict = await hooking('app --payload paid.json --strict --json', answer);
    expect([strict.code, JSON.parse(strict.out)]).toEqual([4, { ignored }]);
    expect(JSON.parse(strict.err).error.exit_code).toBe(4);
  });

  test.each<[string, Answer, number, readonly string[]]>([
    [
      'a secret that is another',
      () => problem(401, { title: 'Who you are could not be verified' }),
      2,
      ['answered 401', 'is the secret in HOOK_SECRET_APP the one that the edge has?'],
    ],
    [
      'a payload of another shape',
      () => problem(422, { title: 'Wrong', errors: [{ field: 'data.tenant_id', detail: 'is missing' }] }),
      2,
      ['  data.tenant_id: is missing'],
    ],
    ['an edge without the source', () => problem(404, { title: 'Nothing here' }), 2, ['answered 404']],
    [
      'an edge that takes nothing on',
      () => problem(503, { title: 'No' }, { 'Retry-After': '5' }),
      3,
      ['Send it again in 5 s'],
    ],
  ])('%s', async (_, answer, expected, said) => {
    const { code, out, err } = await hooking('app --payload paid.json', answer);
    expect([code, out]).toEqual([expected, '']);
    expect(err).toMatch(new RegExp(`^stillfresh: ${EDGE}`));
    for (const it of said) expect(err).toContain(it);
    expect(err).not.toContain(SECRET);
  });

  test.each<[string, string]>([
    ['', 'which source? npx stillfresh hook SOURCE'],
    ['app', '--payload is missing: say what is sent'],
    [
      'ap --payload paid.json',
      'ap is no source of routes/, which has app, github, own-shop; did you mean app?',
    ],
    ['constructor --payload paid.json', 'constructor is no source'],
    ['app --payload none.json', '--payload none.json: there is no such file'],
    ['app --payload paid.json --type x', '--type: app says the type in the payload; leave out --type'],
    [
      'github --payload paid.json',
      '--type is missing: github says the type in X-GitHub-Event; mapped are invoice_paid',
    ],
    ['app --payload paid.json --id a.b', '--id a.b: give at most 256 letters'],
    ['github --payload paid.json --type clé', '--type "clé": give at most 256 letters'],
    ['own-shop --payload paid.json --id a', '--id: own-shop says no id in a header; leave out --id'],
    ['app --payload paid.json --secret-env NONE', 'there is no secret: set NONE'],
    [
      'app --payload paid.json --secret-env SHORT',
      'SHORT: the secret is not whsec_ and standard base64, padded with =',
    ],
    [
      'github --payload paid.json --type push --secret-env SHORT',
      'SHORT: the secret is shorter than 16 bytes',
    ],
    ['app paid.json', '--payload'],
  ])('stillfresh hook %s is refused before anything is sent', async (line, said) => {
    const { code, out, err, requests } = await hooking(line, accepts, {
      env: { ...env, SHORT: 'not-base64' },
    });
    expect([code, out, requests]).toEqual([2, '', []]);
    expect(err).toContain(said);
    expect(err.endsWith('Try: npx stillfresh hook --help\n')).toBe(true);
  });
});

test('an edge that is not set up is not asked again: its log says what to do', async () => {
  const answer: Answer = () =>
    problem(503, { type: 'urn:stillfresh:problem:misconfigured', title: 'Not set up' });
  const { code, err } = await hooking('app --payload paid.json', answer);
  expect(code).toBe(3);
  expect(err).toBe(
    `stillfresh: ${EDGE} answered 503: Not set up\n  its log names the setting and the mend\n`,
  );
});

test('an error that nobody expected is shown whole, under --json as one object, and ends with 1', async () => {
  for (const json of [false, true]) {
    const desk = deskWith(accepts, { env });
    const environment: typeof desk.environment = {
      ...desk.environment,
      hookSources: () => Promise.reject(new RangeError('who expected this?')),
    };
    const flags = json ? ['--json'] : [];
    expect(await run(['hook', 'app', '--payload', '{}', ...flags], environment)).toBe(1);
    if (!json) expect(desk.err()).toMatch(/^RangeError: who expected this\?\n +at /);
    else
      expect(JSON.parse(desk.err()).error).toMatchObject({
        exit_code: 1,
        message: 'RangeError: who expected this?',
      });
  }
});
