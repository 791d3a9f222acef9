import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

/** `npm run dev`, as a person meets it. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const children: ChildProcess[] = [];

interface Run {
  /** Settles when the text has been printed, with all of it so far; rejects when the program ends before. */
  until(text: string): Promise<string>;
  readonly ended: Promise<{ code: number | null; said: string }>;
  signal(name: NodeJS.Signals): void;
}

function dev(args: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, ['dev/main.ts', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said }));
  return {
    ended,
    async until(text) {
      while (!said.includes(text)) {
        const more = await Promise.race([once(child.stdout, 'data'), ended]);
        if ('code' in more && !said.includes(text)) throw new Error(`ended before “${text}”:\n${said}`);
      }
      return said;
    },
    signal: (name) => void child.kill(name),
  };
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('what cannot be done is one line, and exit code 1', () => {
  test.each([
    [['--port', 'abc'], '--port abc: give a number from 1 to 65532'],
    [['--port', '65533'], '--port 65533: give a number from 1 to 65532'],
    [['--store', 'disk'], '--store disk: give memory or redis'],
    [['--prot', '9000'], "Unknown option '--prot'; see --help"],
  ])('%j', async (args, line) => {
    expect(await dev(args).ended).toEqual({ code: 1, said: `${line}\n` });
  });

  test('a port in use', async () => {
    await using taken = await listening();
    const { code, said } = await dev(['--port', String(taken.port), '--store', 'memory']).ended;
    expect(said).toBe(`port ${taken.port} is in use; end what runs there, or choose others with --port N\n`);
    expect(code).toBe(1);
  });

  test('a REDIS_URL that does not answer: who names a Redis does not want another', async () => {
    const port = String(await freePorts());
    const { code, said } = await dev(['--port', port], { REDIS_URL: 'redis://127.0.0.1:1' }).ended;
    expect(said.trimEnd().split('\n').at(-1)).toBe(
      'REDIS_URL redis://127.0.0.1:1 does not answer: ECONNREFUSED',
    );
    expect(code).toBe(1);
  });

  test('a setting that the Worker refuses', async () => {
    const port = String(await freePorts());
    const { code, said } = await dev(['--port', port, '--store', 'memory'], { ORIGIN_SECRET: 'short' }).ended;
    expect(said).toContain('must have at least 16 characters');
    expect(said.trimEnd().split('\n').at(-1)).toContain('the Worker answers 503 to /-/health');
    expect(code).toBe(1);
  });
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  'is ready, serves with the token that it prints, and %s ends all of it',
  async (name) => {
    const port = await freePorts();
    const run = dev(['--port', String(port), '--store', 'memory']);
    const said = await run.until(`ready http://127.0.0.1:${port}`);
    const token = /^export ACME=(\S+)$/m.exec(said)?.[1];
    const url = `http://127.0.0.1:${port}/v1/dashboards/d1/kpis?range=2026-10`;
    const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
    expect(await response.json()).toMatchObject({ tenant: 'acme', dashboard: 'd1' });
    expect(response.headers.get('Cache-Status')).toContain('fwd=uri-miss; stored');

    run.signal(name);
    expect((await run.ended).code).toBe(0);
    for (const at of [port, port + 1]) await expect(fetch(`http://127.0.0.1:${at}/`)).rejects.toThrow();
  },
);

async function listening() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { port, [Symbol.asyncDispose]: async () => void (await once(server.close(), 'close')) };
}

/** The first of three free ports. */
async function freePorts(): Promise<number> {
  for (;;) {
    await using first = await listening();
    const { port } = first;
    const others = await Promise.all([port + 1, port + 2].map(isFree));
    if (port <= 65_532 && others.every(Boolean)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  server.once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
}
