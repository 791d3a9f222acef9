import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import {
  type Command,
  descendantsOf,
  freePorts,
  isRunning,
  listenAt,
  nameOf,
  root,
  run,
} from './dev-command.ts';

const node = join(root, 'node_modules/.bin/node');
const running: Command[] = [];
const servers: Server[] = [];

/** What `npm run proxy` runs. */
function proxy(args: readonly string[], env: Record<string, string> = {}): Command {
  const command = run(node, ['dev/proxy/main.ts', ...args], { env });
  running.push(command);
  return command;
}

afterEach(async () => {
  for (const command of running.splice(0)) {
    if (!isRunning(command.pid)) continue;
    command.signalGroup('SIGKILL');
    await command.ended;
  }
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A server as people have them, and what it was asked. */
async function originAt(port: number): Promise<IncomingMessage[]> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    response.setHeader('Cache-Control', 'max-age=60').end(`${asked.length} ${request.url}\n`);
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return asked;
}

/** A shell with what the command printed for it, and a command that it suggests. */
async function inShell(command: Command, line: string): Promise<string> {
  const script = [...command.said.filter((it) => it.startsWith('export ')), line].join('\n');
  const env = { PATH: process.env['PATH'], no_proxy: '127.0.0.1' };
  return (await promisify(execFile)('bash', ['-euc', script], { env })).stdout;
}

async function expectNothingLeft(pids: readonly number[], port: number): Promise<void> {
  await expect.poll(() => pids.filter(isRunning), { timeout: 10_000 }).toEqual([]);
  await (await listenAt(port)).close();
}

const statusOf = async (url: string, path = '/') => {
  const response = await fetch(url + path);
  await response.arrayBuffer();
  return response.headers.get('Cache-Status');
};

/** Its port, and the origin's next to it. */
async function ports() {
  const port = await freePorts();
  return { port, url: `http://127.0.0.1:${port}`, origin: `http://127.0.0.1:${port + 1}` };
}

describe('npm run proxy', () => {
  it('prints where it is, and commands that run as they are: a miss, a hit, a purge', async () => {
    const { port, url, origin } = await ports();
    const asked = await originAt(port + 1);
    const command = proxy([
      '--origin',
      `${origin}/app/`,
      '--port',
      String(port),
      '--store',
      'memory',
      '--verbose',
    ]);
    expect(await command.line(/^ready /)).toBe(`ready ${url}`);
    expect(command.out).toContain(`origin   ${origin}/app`);
    expect(command.out).toContain('store    memory, as asked');
    expect(command.said.join('\n')).not.toContain('does not answer');
    expect(asked).toHaveLength(0);

    const [curl = ''] = command.out.filter((it) => /^\s+curl /.test(it));
    expect(await inShell(command, curl)).toMatch(
      /^Cache-Status: Stillfresh; fwd=uri-miss; stored.*\n1 \/app\/\n/ims,
    );
    expect(await inShell(command, curl)).toMatch(/^Cache-Status: Stillfresh; hit.*\n1 \/app\/\n/ims);
    expect(await command.line(/^GET .* hit/)).toMatch(/^GET 200 \/ {2}hit ttl=\d+ \(memory\) {2}\d+ ms$/);

    const purges = command.out.filter((it) => /^\s+npx stillfresh purge /.test(it));
    expect(purges).toHaveLength(2);
    for (const [at, purge] of purges.entries()) {
      await inShell(command, purge);
      expect(await inShell(command, curl)).toMatch(new RegExp(`\n${at + 2} /app/\n`));
      expect(await inShell(command, curl)).toMatch(/^Cache-Status: Stillfresh; hit/im);
    }
    expect(asked.map((it) => it.headers['x-origin-secret'])).toEqual([undefined, undefined, undefined]);
  });

  it('an origin that is not there yet: says so, answers 502, and serves once it is', async () => {
    const { port, url, origin } = await ports();
    const command = proxy(['--origin', origin, '--port', String(port), '--store', 'memory']);
    await command.line(/^ready /);
    expect(command.out).toContain('… the origin does not answer yet: connection refused');
    const refused = await fetch(url);
    expect(refused.status).toBe(502);
    expect(refused.headers.get('Content-Type')).toBe('application/problem+json');
    expect(await command.line(/^GET 502 /)).toMatch(/^GET 502 \/ {2}fwd=.* ! origin-failed: .*connection/i);
    await originAt(port + 1);
    await expect.poll(() => statusOf(url)).toContain('stored');
    expect(await statusOf(url)).toContain('hit');
  });

  it('shows warnings and errors alone, unless it is asked for more', async () => {
    const { port, url, origin } = await ports();
    await originAt(port + 1);
    const command = proxy(['--origin', origin, '--port', String(port), '--store', 'memory']);
    await command.line(/^ready /);
    await statusOf(url, '/quiet');
    servers.pop()!.close().closeAllConnections();
    await statusOf(url, '/loud');
    await command.line(/\/loud/);
    expect(command.said.join('\n')).not.toContain('/quiet');
  });

  it('--json: the log lines alone on stdout, the rest on stderr', async () => {
    const { port, url, origin } = await ports();
    await originAt(port + 1);
    const command = proxy(['--origin', origin, '--port', String(port), '--store', 'memory', '--json']);
    await command.line(/^ready /);
    await statusOf(url, '/one');
    await command.line(/"\/one"/);
    const lines = command.out.map((it) => JSON.parse(it) as Record<string, unknown>);
    expect(lines).toContainEqual(expect.objectContaining({ path: '/one', outcome: 'miss', fwd: 'uri-miss' }));
    expect(command.out.join('')).not.toContain('\u001b');
  });

  it.skipIf(!existsSync('/usr/bin/openssl'))(
    'an https origin, whose certificate must be trusted',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'stillfresh-tls-'));
      try {
        const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
        const request = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost`;
        await promisify(execFile)('openssl', [...request.split(' '), '-keyout', key, '-out', cert]);
        const { port, url } = await ports();
        const server = createTlsServer(
          { key: await readFile(key), cert: await readFile(cert) },
          (_, response) => response.setHeader('Cache-Control', 'max-age=60').end('over TLS'),
        );
        servers.push(server);
        await new Promise<void>((done) => server.listen(port + 1, '127.0.0.1', done));
        const args = `--origin https://localhost:${port + 1} --store memory --json --port`.split(' ');

        const untrusting = proxy([...args, String(port)]);
        await untrusting.line(/^ready /);
        expect(await untrusting.line(/does not answer/)).toMatch(
          /its certificate is not trusted; NODE_EXTRA_CA_CERTS/,
        );
        expect((await fetch(url)).status).toBe(502);
        await untrusting.line(/"status":502/);
        for (const line of untrusting.out) expect(JSON.parse(line)).toBeTypeOf('object');

        const trusting = proxy([...args, String(port + 2)], { NODE_EXTRA_CA_CERTS: cert });
        await trusting.line(/^ready /);
        expect(trusting.said.join('\n')).not.toContain('does not answer');
        expect(await statusOf(`http://127.0.0.1:${port + 2}`)).toContain('stored');
        expect(await statusOf(`http://127.0.0.1:${port + 2}`)).toContain('hit');
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  it('--request-directives honoured: a client’s no-cache counts', async () => {
    for (const [word, expected] of [
      ['ignored', /hit; .*detail=request-directives-ignored/],
      ['honoured', /fwd=request/],
    ] as const) {
      const { port, url, origin } = await ports();
      await originAt(port + 1);
      const command = proxy(
        `--origin ${origin} --port ${port} --store memory --request-directives ${word}`.split(' '),
      );
      await command.line(/^ready /);
      expect(await statusOf(url)).toContain('stored');
      const again = await fetch(url, { headers: { 'Cache-Control': 'no-cache' } });
      expect(again.headers.get('Cache-Status')).toMatch(expected);
    }
  });

  it('--inputs: what the origin is shown of a request', async () => {
    for (const [word, expected] of [
      ['all', 'seen'],
      ['keyed', undefined],
    ] as const) {
      const { port, url, origin } = await ports();
      const asked = await originAt(port + 1);
      const command = proxy(`--origin ${origin} --port ${port} --store memory --inputs ${word}`.split(' '));
      await command.line(/^ready /);
      await (await fetch(url, { headers: { 'X-Theme': 'seen', 'X-Forwarded-Host': 'evil.example' } })).text();
      expect(asked[0]!.headers['x-theme']).toBe(expected);
      expect(asked[0]!.headers['x-forwarded-host']).toBe(`127.0.0.1:${port}`);
    }
  });

  it('ends when nobody reads it any more, without a stack', async () => {
    const { port, url, origin } = await ports();
    const piped = `exec node dev/proxy/main.ts --origin ${origin} --port ${port} --store memory --json | head -1`;
    const command = run('bash', ['-c', `PATH=node_modules/.bin:$PATH; ${piped}`]);
    running.push(command);
    await command.line(/^ready /);
    const started = descendantsOf(command.pid);
    const asks = setInterval(() => fetch(url).catch(() => {}), 100);
    await command.ended.finally(() => clearInterval(asks));
    expect(command.out).toHaveLength(1);
    expect(command.said.join('\n')).not.toMatch(/^\s+at .+:\d+|EPIPE/m);
    await expectNothingLeft(started, port);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends all of it', async (signal) => {
    const { port, origin } = await ports();
    const command = proxy(['--origin', origin, '--port', String(port), '--store', 'memory']);
    await command.line(/^ready /);
    const started = descendantsOf(command.pid);
    expect(started.map(nameOf)).toContain('workerd');
    process.kill(command.pid, signal);
    expect(await command.ended).toEqual({ code: 0, signal: null });
    await expectNothingLeft(started, port);
  });

  it('Ctrl-C in a terminal reaches all of them at once, through npm too', async () => {
    const { port, origin } = await ports();
    const command = run('npm', [
      'run',
      'proxy',
      '--',
      '--origin',
      origin,
      '--port',
      String(port),
      '--store',
      'memory',
    ]);
    running.push(command);
    await command.line(/^ready /);
    const started = descendantsOf(command.pid);
    command.signalGroup('SIGINT');
    command.signalGroup('SIGINT'); // impatient
    await command.ended;
    await expectNothingLeft(started, port);
    expect(command.said.join('\n')).not.toMatch(/^\s+at .+:\d+/m);
  });
});

describeWithRedis('npm run proxy, with Redis', () => {
  it('stores there, takes no port but its own, and ends the Redis that it started', async () => {
    const { port, url, origin } = await ports();
    await originAt(port + 1);
    const command = proxy(['--origin', origin, '--port', String(port), '--store', 'redis', '--verbose']);
    await command.line(/^ready /);
    expect(await command.line(/^store /)).toMatch(/^store {4}http:\/\/127\.0\.0\.1:\d+ over /);
    expect(await statusOf(url)).toContain('stored');
    await expect.poll(() => statusOf(url), { timeout: 10_000, interval: 300 }).toContain('hit');
    const started = descendantsOf(command.pid);
    expect(started.length, 'workerd, Redis, and its guardian').toBeGreaterThanOrEqual(3);
    process.kill(command.pid, 'SIGINT');
    expect(await command.ended).toEqual({ code: 0, signal: null });
    await expectNothingLeft(started, port);
  });
});

describe('npm run proxy, what cannot be', () => {
  it.each<[readonly string[], RegExp]>([
    [[], /^proxy: --origin is missing/],
    [['--origin', 'localhost:3000'], /^proxy: --origin localhost:3000: give a URL that begins with http:/],
    [
      ['--origin', 'http://127.0.0.1:3000', '--stroe', 'memory'],
      /^proxy: .* --stroe; did you mean --store\?$/,
    ],
  ])('%j: one line, where to read on, and exit code 2', async (args, line) => {
    const command = proxy(args);
    expect((await command.ended).code).toBe(2);
    expect(command.said).toEqual([expect.stringMatching(line), 'Try: npm run proxy -- --help']);
  });

  it('its own address as the origin: one line and exit code 1', async () => {
    const command = proxy(['--origin', 'http://localhost:8787']);
    expect((await command.ended).code).toBe(1);
    expect(command.said).toEqual([
      expect.stringMatching(/^proxy: --origin http:\/\/localhost:8787 is the proxy's own address/),
    ]);
  });

  it('a port in use: one line that names it', async () => {
    const { port, origin } = await ports();
    const taken = await listenAt(port);
    try {
      const command = proxy(['--origin', origin, '--port', String(port)]);
      expect((await command.ended).code).toBe(1);
      expect(command.said).toEqual([
        `proxy: port ${port} is in use; end what runs there, or choose another: npm run proxy -- --origin ${origin} --port N`,
      ]);
    } finally {
      await taken.close();
    }
  });

  it.each([
    ['ADMIN_TOKEN', 'a b', 'ADMIN_TOKEN: it is not printable ASCII'],
    ['REDIS_URL', 'redis://user:hidden-password@127.0.0.1:1', 'does not answer'],
  ])('%s=%s: one line, without it', async (name, value, why) => {
    const { port, origin } = await ports();
    const command = proxy(['--origin', origin, '--port', String(port)], { [name]: value });
    expect((await command.ended).code).toBe(1);
    expect(command.said.at(-1)).toContain(why);
    expect(command.said.filter((it) => !it.startsWith('…'))).toHaveLength(1);
    expect(command.said.join('\n')).not.toContain('hidden-password');
    await expectNothingLeft([], port);
  });

  it('--help starts nothing', async () => {
    const command = proxy(['--help']);
    expect((await command.ended).code).toBe(0);
    expect(command.out.join('\n')).toContain('--origin URL');
  });
});
