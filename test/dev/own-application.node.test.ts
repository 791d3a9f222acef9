import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Checkout,
  type Command,
  checkout,
  freePorts,
  inShell,
  isRunning,
  root,
  run,
} from './dev-command.ts';

const node = join(root, 'node_modules/.bin/node');

/** A team's own routes, in place of the demo's: classes, a handler, a public page, and a sender of webhooks. */
const routes = {
  'routes/strategy.ts': `
import * as z from 'zod';
import { dataClass, defineStrategy } from '../src/index.ts';

export const order = dataClass({
  name: 'order', version: 1, scope: 'tenant', key: '{order_id}:{part}',
  params: z.object({ order_id: z.string(), part: z.string() }),
  access: 'tenant', tags: ['order:{order_id}'], read: 'read-through', origin: '/orders/{order_id}?part={part}',
  writeThrough: 'purge', ttl: '1m', invalidatedBy: ['order_changed'], rationale: 'a test',
});
export const prices = dataClass({
  name: 'prices', version: 1, scope: 'public', key: '', params: z.object({}), access: 'public',
  read: 'read-through', origin: '/prices', ttl: '1m', cacheControl: 'no-store', rationale: 'a test',
});
export const total = dataClass({
  name: 'total', version: 1, scope: 'tenant', key: '', params: z.object({}), access: 'tenant',
  read: 'cache-aside', ttl: '1m', rationale: 'a test',
});
export const meta = null;
export const strategy = defineStrategy({
  classes: [order, prices, total],
  events: { order_changed: { payload: z.object({ order_id: z.string() }), purges: { tags: ['order:{order_id}'] } } },
  identity: { claims: { tenant: 'org', user: 'uid', roles: ['realm', 'roles'] } },
});
`,
  'routes/index.ts': `
import * as z from 'zod';
import { cached, edge, eventsOf, httpCache, path, query, webhooks, worker, written } from '../src/index.ts';
import { broken, loadTotal } from './broken.ts';
import { order, prices, strategy, total } from './strategy';
import { DurableObject } from 'cloudflare:workers';

export class Room extends DurableObject {}

const app = edge(strategy);
const on = eventsOf(strategy);
const params = { order_id: path('id'), part: query('of') };
const passes = async (_: unknown, next: () => Promise<void>) => next();
app.use('/api/*', passes);
app.use('/api/orders/:id', passes);
app.use(passes);
app.get('/api/prices', passes);
app.get('/api/orders/:id', cached(order, { params }));
app.patch('/api/orders/:id', written(order, { params }));
app.get('/api/prices', cached(prices, { params: {} }));
app.get('/api/total', cached(total, { params: {}, load: loadTotal }));
app.get('/api/broken/:what{[a-z]+}', broken);
app.all('/site/*', httpCache({ name: 'site' }));
app.route('/hooks', webhooks(strategy, {
  'our-shop': { scheme: 'github', events: { push: on('order_changed', z.object({ id: z.string() }),
    ({ id }) => ({ tenant: 'acme', payload: { order_id: id } })) } },
  crm: { scheme: 'svix', events: {} },
}));
export default worker(app);
`,
  'routes/broken.ts': `
import type { Context } from 'hono';

export function broken(_: Context): Response {
  throw new Error('it is broken');
}

export async function loadTotal(): Promise<number> {
  throw new RangeError('no total');
}
`,
};

interface OwnOrigin {
  readonly url: string;
  readonly asked: IncomingMessage[];
  close(): Promise<void>;
}

/** A team's own server: it says whom the edge has named. */
async function startOwnOrigin(): Promise<OwnOrigin> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    const { 'x-tenant-id': tenant, 'x-user-id': user } = request.headers;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ url: request.url, tenant, user }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function end(command: Command): Promise<void> {
  if (isRunning(command.pid)) process.kill(command.pid, 'SIGTERM');
  await command.ended;
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

describe('ORIGIN_URL=… npm run dev', () => {
  let origin: OwnOrigin;
  let copy: Checkout;
  let command: Command;
  let edge: string;
  const apiKey = 'a-key-of-the-nightly-export';

  beforeAll(async () => {
    origin = await startOwnOrigin();
    const keys = { [createHash('sha256').update(apiKey).digest('hex')]: holder };
    const env = {
      ORIGIN_URL: origin.url,
      ORIGIN_SECRET: 'the-secret-of-our-origin',
      HOOK_SECRET_MISSPELT: 'nobody-has-this-source',
    };
    copy = checkout({ ...routes, '.dev.vars': `API_KEYS='${JSON.stringify(keys)}'\n` });
    const port = await freePorts();
    edge = `http://127.0.0.1:${port}`;
    command = run(node, ['dev/main.ts', '--store', 'memory', '--port', String(port)], { cwd: copy.cwd, env });
    await command.line(/^ready /);
  });
  afterAll(async () => {
    await end(command);
    await origin.close();
    copy.remove();
  });
  const holder = { name: 'nightly', tenant: 'globex', user: 'export', roles: ['reader'] };
  const readOrder = `curl -s -i -H "Authorization: Bearer $ACME" '${'EDGE'}/api/orders/7?of=lines'`;
  const inOurShell = (line: string) => inShell(command, line.replace('EDGE', edge));

  it('the printed token reads a route of the team’s own, 200, by claims of its own names; then a hit', async () => {
    const first = await inOurShell(readOrder);
    expect(statusOf(first)).toBe(200);
    expect(first).toContain('{"url":"/orders/7?part=lines","tenant":"acme","user":"ann"}');
    expect(await inOurShell(readOrder)).toMatch(/^Cache-Status: Stillfresh; hit/im);
    const other = await inOurShell(readOrder.replace('ACME', 'GLOBEX'));
    expect(other).toContain('"tenant":"globex"');
    expect(statusOf(await inOurShell(readOrder.replace(/-H "[^"]*"/, '')))).toBe(401);
    expect(origin.asked[0]!.headers['x-origin-secret']).toBe('the-secret-of-our-origin');
  });

  it('so does an entry of API_KEYS, here from .dev.vars', async () => {
    const answer = await inOurShell(`curl -s -i -H 'X-API-Key: ${apiKey}' 'EDGE/api/orders/8?of=lines'`);
    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain('"tenant":"globex","user":"export"');
  });

  it('prints commands for the routes that there are, and none of the demo’s', async () => {
    const said = command.out.filter((line) => /^ {2}(curl|npx) /.test(line)).map((line) => line.trim());
    const ann = '-H "Authorization: Bearer $ACME"';
    for (const line of [
      new RegExp(
        `^curl -i ${escaped(ann)} '${edge}/api/orders/:id\\?of=:of' +# class order: a miss, then a hit`,
      ),
      new RegExp(`^curl -i -H "Authorization: Bearer \\$GLOBEX" '${edge}/api/orders/:id\\?of=:of'`),
      new RegExp(`^curl -i '${edge}/api/orders/:id\\?of=:of' +# no token: 401`),
      new RegExp(
        `^curl -i -X PATCH ${escaped(ann)} .* '${edge}/api/orders/:id\\?of=:of' +# class order: a write`,
      ),
      new RegExp(`^curl -i '${edge}/api/prices' +# class prices`),
      new RegExp(`^curl -i ${escaped(ann)} '${edge}/api/broken/:what' +# a handler of your own`),
      new RegExp(`^curl -i '${edge}/site/' +# HTTP cache site`),
      /^npx stillfresh purge --tenant acme --tag order::id /,
    ])
      expect(
        said.filter((it) => line.test(it)),
        String(line),
      ).toHaveLength(1);
    expect(
      said.filter((it) => it.includes('/api/prices')),
      'what comes before it is no route',
    ).toHaveLength(1);
    expect(said.join('\n')).not.toMatch(/dashboards|invoice|ofrep|\/stats|\/api\/\*|\/hooks|4200|orders\/7/);
  });

  it('makes up and prints a secret for each of its own sources, in the form that the source takes', async () => {
    const printed = command.out.filter((it) => it.startsWith('export HOOK_SECRET_'));
    expect(printed.map((it) => it.split('=')[0]).sort()).toEqual([
      'export HOOK_SECRET_CRM',
      'export HOOK_SECRET_OUR_SHOP',
    ]);
    expect(printed.find((it) => it.includes('_CRM'))).toMatch(/=whsec_[\w+/]{32}$/);
    const secret = printed.find((it) => it.includes('_OUR_SHOP'))!.split('=')[1]!;
    const body = '{"id":"7"}';
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    await inOurShell(readOrder);
    const hook = `curl -s -i -X POST -H 'X-GitHub-Event: push' -H 'X-GitHub-Delivery: 1' -H 'X-Hub-Signature-256: sha256=${signature}' -d '${body}' EDGE/hooks/our-shop`;
    expect(statusOf(await inOurShell(hook))).toBe(202);
    expect(await inOurShell(readOrder)).toMatch(/fwd=stale.*detail=purged/i);
    expect(command.said.join('\n')).toContain('HOOK_SECRET_MISSPELT is set, and no source misspelt is in');
  });

  it('npm run token prints one that the strategy takes, by claims of its own names', async () => {
    const token = run(node, ['dev/token.ts', '--tenant', 'globex', '--user', 'bob', '--role', 'x'], {
      cwd: copy.cwd,
    });
    expect(await token.ended).toEqual({ code: 0, signal: null });
    const headers = { Authorization: `Bearer ${token.out.join('')}` };
    const answer = await fetch(`${edge}/api/orders/9?of=lines`, { headers });
    expect([answer.status, await answer.json()]).toMatchObject([200, { tenant: 'globex', user: 'bob' }]);
  });

  it('stillfresh hook knows the sources of any file, in modules that only a bundler finds', async () => {
    copy.write('routes/far/crm.ts', "export const HELD = 'held';\n");
    await command.line(/^… reloaded/); // a request that meets a reload may be cut
    const [, secret] = command.out.find((it) => it.includes('_CRM='))!.split('CRM=');
    const env = { HOOK_SECRET_CRM: secret!, STILLFRESH_URL: edge, STILLFRESH_TOKEN: '', ADMIN_TOKEN: '' };
    const hook = run(node, ['cli/main.ts', 'hook', 'crm', '--payload', '{"type":"x"}'], {
      cwd: copy.cwd,
      env,
    });
    expect(await hook.ended).toEqual({ code: 0, signal: null });
    expect(hook.said).toEqual([expect.stringMatching(/^crm: ignored: no event of this type is mapped/)]);
  });

  it('logs an error of a handler, or of a loader, with the place in routes/ where it was thrown', async () => {
    await inOurShell(`curl -s -H "Authorization: Bearer $ACME" 'EDGE/api/broken/x?why=1'`);
    const line = await command.line(/^GET 500 /);
    expect(line).toMatch(/^GET 500 \/api\/broken\/x\?why=1 .*! internal; Error: it is broken$/);
    expect(command.said[command.said.indexOf(line) + 1]).toMatch(/^ +at .*\(?routes\/broken\.ts:5:\d+\)?$/);
    await inOurShell(`curl -s -H "Authorization: Bearer $ACME" EDGE/api/total`);
    const loaded = await command.line(/^GET 502 /);
    expect(loaded).toMatch(/ {2}! origin-failed: RangeError: no total$/);
    expect(command.said[command.said.indexOf(loaded) + 1]).toMatch(/^ +at .*\(?routes\/broken\.ts:9:\d+\)?$/);
    expect(command.said.join('\n')).not.toContain('worker.mjs');
  });

  it('takes up an edit in a folder that was made meanwhile, and prints what is new', async () => {
    copy.write('routes/more/deep/hello.ts', `export const hello = 'hello';\n`);
    copy.write(
      'routes/index.ts',
      routes['routes/index.ts']
        .replace(`from './broken.ts';`, `from './broken.ts';\nimport { hello } from './more/deep/hello.ts';`)
        .replace('export default', `app.get('/api/hello/:name', (c) => c.text(hello));\nexport default`)
        .replace(`crm: {`, `billing: { scheme: 'standard', events: {} },\n  crm: {`),
    );
    await command.line(/^ {2}curl .*\/api\/hello\/:name' +# a handler of your own$/);
    expect(command.out).toContain('… reloaded; new:');
    expect(command.out.filter((it) => it.startsWith('export HOOK_SECRET_BILLING=whsec_'))).toHaveLength(1);
    expect(await inOurShell('curl -s EDGE/api/hello/you')).toBe('hello');
    copy.write('routes/more/deep/hello.ts', `export const hello = 'hello again';\n`);
    await expect
      .poll(() => inOurShell('curl -s EDGE/api/hello/you'), { timeout: 10_000 })
      .toBe('hello again');
    // What was printed before still holds.
    expect(statusOf(await inOurShell(readOrder))).toBe(200);
  });

  it('an edit that does not start says where it fails, and what runs goes on', async () => {
    copy.write('routes/broken.ts', `${routes['routes/broken.ts']}\nthrow new Error('not ready');\n`);
    await command.line(/^… not reloaded: the Worker does not start$/);
    await command.line(/Error: not ready$/);
    await command.line(/^ +at .*routes\/broken\.ts:12:\d+/);
    expect(statusOf(await inOurShell(readOrder))).toBe(200);
  });
});

const escaped = (text: string) => text.replace(/[$]/g, '\\$');

describe('npm run dev -- --json', () => {
  it('prints the log as it is deployed, and nothing else, on stdout', async () => {
    const origin = await startOwnOrigin();
    const copy = checkout(routes);
    const port = await freePorts();
    const args = ['dev/main.ts', '--json', '--store', 'memory', '--port', String(port)];
    const command = run(node, args, { cwd: copy.cwd, env: { ORIGIN_URL: origin.url } });
    try {
      await command.line(/^ready /);
      await fetch(`http://127.0.0.1:${port}/api/prices?colour=red`);
      await fetch(`http://127.0.0.1:${port}/api/prices`);
      await command.line(/"status":200/);
      const lines = command.out.map((it) => JSON.parse(it) as Record<string, unknown>);
      expect(lines).toMatchObject([
        { event: 'request', path: '/api/prices', status: 400 },
        { event: 'request', path: '/api/prices', class: 'prices', status: 200 },
      ]);
      expect(command.out.join('\n')).not.toContain('colour=red');
    } finally {
      await end(command);
      await origin.close();
      copy.remove();
    }
  });
});

describe('a default export that is wrapped around worker(app)', () => {
  const wrapped = (how: string) => ({
    'routes/index.ts': routes['routes/index.ts'].replace('export default worker(app);', how),
  });
  it.each([
    [
      'that hides it',
      'const own = worker(app);\nexport default { fetch: own.fetch, scheduled: own.scheduled };',
    ],
    ['that says its handlers by a proxy', 'export default new Proxy(worker(app), {});'],
    ['that is the app alone', 'export default app;'],
  ])('%s, is known all the same', async (_, how) => {
    const { copy, command } = await started(wrapped(how));
    try {
      await command.line(/^ready /);
      await command.line(/\/api\/orders\/:id/);
      await command.line(/^export HOOK_SECRET_OUR_SHOP=/);
    } finally {
      await end(command);
      copy.remove();
    }
  });

  it('without any, it starts all the same, and says what is not known', async () => {
    const files = { 'routes/index.ts': "export default { fetch: () => Response.json({ status: 'ok' }) };\n" };
    const { copy, command } = await started(files, { HOOK_SECRET_SHOP: 'the-secret-of-our-shop' });
    try {
      await command.line(/^… routes\/index\.ts does not export worker\(app\)/);
      await command.line(/^ready /);
    } finally {
      await end(command);
      copy.remove();
    }
  });

  async function started(files: Readonly<Record<string, string>>, env = {}) {
    const copy = checkout({ ...routes, ...files });
    const args = ['dev/main.ts', '--store', 'memory', '--port', String(await freePorts())];
    return { copy, command: run(node, args, { cwd: copy.cwd, env }) };
  }
});

describe('what cannot start is one line, or one object, and exit code 1', () => {
  it.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, RegExp]>([
    [
      'a file that does not compile',
      { 'routes/broken.ts': 'export const x = ;\n' },
      {},
      /routes\/broken\.ts:1:17/,
    ],
    [
      'a secret that its source does not take',
      {},
      { HOOK_SECRET_CRM: 'not base64!' },
      /^HOOK_SECRET_CRM: secret 1 is not whsec_ and standard base64/,
    ],
    [
      'one that is too short',
      {},
      { HOOK_SECRET_OUR_SHOP: 'short' },
      /^HOOK_SECRET_OUR_SHOP: secret 1 is shorter/,
    ],
    ['a folder in place of .dev.vars', { '.dev.vars/file': '' }, {}, /^\.dev\.vars: .*is a folder/],
  ])('%s', async (_, files, env, says) => {
    const copy = checkout({ ...routes, ...files });
    try {
      const args = ['dev/main.ts', '--json', '--store', 'memory', '--port', String(await freePorts())];
      const command = run(node, args, { cwd: copy.cwd, env });
      expect([(await command.ended).code, command.out]).toEqual([1, []]);
      const { error } = JSON.parse(command.said.at(-1)!);
      expect(error.exit_code).toBe(1);
      expect([error.message, ...(error.details ?? [])].join('\n')).toMatch(says);
    } finally {
      copy.remove();
    }
  });
});

describe('code that reads env of cloudflare:workers outside of functions', () => {
  const reads = (name: string) =>
    `const ${name} = (env as Record<string, string>)['${name}'];\nif (!${name}) throw new Error('${name} is not there');\n`;
  const reading = (...names: string[]) => ({
    'routes/index.ts': routes['routes/index.ts']
      .replace('{ DurableObject }', '{ DurableObject, env }')
      .replace('const app =', `${names.map(reads).join('')}const app =`),
  });
  const vars = 'GREETING=hello\nHOOK_SECRET_CRM=whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=\n';
  const ofVars = ['GREETING', 'JWT_ISSUER', 'NAMESPACE', 'ENVIRONMENT', 'HOOK_SECRET_CRM', 'CORS_ORIGINS'];
  const ofStack = ['ORIGIN_URL', 'ORIGIN_SECRET', 'JWKS_URL', 'ADMIN_TOKENS', 'PUBLIC_URL', 'STORE'];
  const env = { NAMESPACE: 'dev-ann' };
  const token = ['dev/token.ts', '--tenant', 'acme', '--user', 'bob'];
  const claimsIn = ([jwt = '']: readonly string[]) =>
    JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString()) as unknown;

  it('has them as npm run dev gives them, also when it is edited', async () => {
    const files = reading(...ofVars, ...ofStack);
    const copy = checkout({ ...routes, ...files, '.dev.vars': vars });
    const args = ['dev/main.ts', '--store', 'memory', '--port', String(await freePorts())];
    const command = run(node, args, { cwd: copy.cwd, env });
    try {
      await command.line(/^ready /);
      copy.write('routes/index.ts', `${files['routes/index.ts']}\n// edited\n`);
      await command.line(/^… reloaded$/);
    } finally {
      await end(command);
      copy.remove();
    }
  });

  it('has what is given in npm run token and stillfresh hook', async () => {
    const copy = checkout({ ...routes, ...reading(...ofVars), '.dev.vars': vars });
    try {
      const printed = run(node, token, { cwd: copy.cwd, env });
      expect([(await printed.ended).code, printed.said.length]).toEqual([0, 1]);
      expect(claimsIn(printed.out)).toMatchObject({ org: 'acme', uid: 'bob' });
      const hook = run(node, ['cli/main.ts', 'hook', 'none', '--payload', '{}'], { cwd: copy.cwd, env });
      expect((await hook.ended).code).toBe(2);
      expect(hook.said[0]).toContain('none is no source of routes/, which has our-shop, crm');
    } finally {
      copy.remove();
    }
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['does not start', reading('GREETING'), /the Worker does not start: .*GREETING is not there/],
    ['does not compile', { 'routes/broken.ts': 'export const x = ;\n' }, /routes\/broken\.ts:1:17/],
  ])('where it %s, npm run token has the default claims, and says so in one line', async (_, files, why) => {
    const copy = checkout({ ...routes, ...files });
    try {
      const printed = run(node, token, { cwd: copy.cwd });
      expect((await printed.ended).code).toBe(0);
      expect(claimsIn(printed.out)).toMatchObject({ tenant: 'acme', sub: 'bob' });
      const told = printed.said.filter((line) => !printed.out.includes(line));
      expect(told).toEqual([expect.stringMatching(why)]);
      expect(told[0]).toMatch(/^token: it has the default claims tenant, sub and roles, as /);
    } finally {
      copy.remove();
    }
  });
});
