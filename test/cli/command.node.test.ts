import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { ID, receiptAt, TOKEN } from './desk.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const VERIFIED = receiptAt(60_000, { appliedMs: 300, verifiedMs: 31_200 });
const APPLIED = receiptAt(500, { appliedMs: 300 });

/** An edge on a free port that accepts every purge, and says this of it; or one that points to another. */
async function edgeForTest(receipt: object | null, elsewhere?: string) {
  const requests: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url} ${await textOf(incoming)}`.trim());
    if (elsewhere) return void outgoing.writeHead(307, { Location: elsewhere + incoming.url }).end();
    const [status, body] =
      incoming.headers.authorization !== `Bearer ${TOKEN}`
        ? [401, { title: 'Who you are could not be verified' }]
        : incoming.method === 'POST'
          ? [202, { purge_id: ID }]
          : [200, receipt];
    outgoing.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  return Buffer.concat(await incoming.toArray()).toString();
}

/** Runs it as a shell would. */
async function command(
  line: string,
  { env, program = [process.execPath, join(root, 'cli/main.ts')], interruptAfter }: CommandOptions = {},
) {
  const [file, ...args] = [...program, ...line.split(' ')] as [string, ...string[]];
  const child = spawn(file, args, {
    cwd: root,
    env: { ...process.env, STILLFRESH_TOKEN: TOKEN, STILLFRESH_URL: undefined, ...env },
    stdio: 'pipe',
  });
  let [stdout, stderr, interrupted] = ['', '', false];
  child.stdin.end();
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
    if (interruptAfter?.test(stderr) && !interrupted) interrupted = child.kill('SIGINT');
  });
  const [code] = await once(child, 'close');
  return { code: code as number | null, stdout, stderr };
}

interface CommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly program?: readonly string[];
  /** Ctrl-C, once this stands on stderr. */
  readonly interruptAfter?: RegExp;
}

const PURGE = 'purge --tenant acme --tag invoice:inv_0001';

test('purges, waits, and ends with 0', async () => {
  const { url, requests } = await edgeForTest(VERIFIED);
  const { code, stdout, stderr } = await command(PURGE, { env: { STILLFRESH_URL: url } });
  expect([code, stdout, stderr]).toEqual([0, `${ID}\n`, 'verified after 31 s\n']);
  expect(requests).toEqual([
    'POST /-/purge {"tenant":"acme","tags":["invoice:inv_0001"],"mode":"hard"}',
    `GET /-/purges/${ID}`,
  ]);
});

test('looks again by itself until it is verified', async () => {
  const receipts = [APPLIED, VERIFIED];
  const { url } = await edgeForTest({ toJSON: () => (receipts.length > 1 ? receipts.shift() : receipts[0]) });
  const { code, stderr } = await command(`${PURGE} --url ${url}`);
  expect(code).toBe(0);
  expect(stderr.split('\n')).toEqual([
    'applied after 0.3 s; verification 30 s later',
    'verified after 31 s',
    '',
  ]);
});

test('ends on Ctrl-C at once, and says that the purge goes on', async () => {
  const { url } = await edgeForTest(APPLIED);
  const { code, stdout, stderr } = await command(`${PURGE} --url ${url}`, {
    interruptAfter: /^applied/,
  });
  expect([code, stdout]).toEqual([130, `${ID}\n`]);
  expect(stderr).toContain('interrupted; the purge itself goes on');
});

test('ends with 1 when the purge is dead, 2 when it is refused, 3 when nobody is there', async () => {
  const dead = receiptAt(5_000, { deadMs: 5_000 });
  const { url } = await edgeForTest(dead);
  const gaveUp = await command(`${PURGE} --json --url ${url}`);
  expect([gaveUp.code, JSON.parse(gaveUp.stdout)]).toEqual([1, dead]);
  expect(gaveUp.stderr).toContain(`${ID} is dead`);

  const refused = await command(`purges --url ${url}`, { env: { STILLFRESH_TOKEN: 'another' } });
  expect([refused.code, refused.stdout]).toEqual([2, '']);

  const nobody = await command(`${PURGE} --url http://127.0.0.1:${await closedPort()}`);
  expect([nobody.code, nobody.stdout]).toEqual([3, '']);
  expect(nobody.stderr).toContain('(ECONNREFUSED)');
});

test('follows no redirect: the token is for one edge', async () => {
  const elsewhere = await edgeForTest(VERIFIED);
  const { url } = await edgeForTest(null, elsewhere.url);
  const { code, stderr } = await command(`${PURGE} --url ${url}`);
  expect([code, elsewhere.requests]).toEqual([2, []]);
  expect(stderr).toContain(`answered 307: it redirects (${elsewhere.url}/-/purge)`);
});

test('npx runs it in the project, with nothing fetched', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'stillfresh-npx-'));
  onTestFinished(() => rm(cache, { recursive: true }));
  const { url, requests } = await edgeForTest(VERIFIED);
  const { code, stdout } = await command(`receipt ${ID} --url ${url}`, {
    program: ['npx', 'stillfresh'],
    env: { npm_config_cache: cache, npm_config_registry: 'http://127.0.0.1:9/' },
  });
  expect(requests).toEqual([`GET /-/purges/${ID}`]);
  expect(code).toBe(0);
  expect(stdout).toContain('state     verified\n');
});
