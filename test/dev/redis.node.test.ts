import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type FindOptions, findRedis, findServer, startRedis } from '../../dev/redis/find.ts';
import { type PrivateCopyOptions, privateCopy } from '../../dev/redis/private-copy.ts';
import { describeWithRedis } from '../support/redis.ts';

/** A machine of the test's own: its programs are small shell scripts in a folder that is the whole `PATH`. */
let machine: string;
let log: string[];
beforeEach(async () => {
  machine = await mkdtemp(join(tmpdir(), 'stillfresh-machine-'));
  await mkdir(join(machine, 'bin'));
  log = [];
});
afterEach(() => rm(machine, { recursive: true, force: true }));

async function program(name: string, script: string): Promise<string> {
  const file = join(machine, 'bin', name);
  await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

function options(more: FindOptions = {}): PrivateCopyOptions {
  return {
    env: { PATH: join(machine, 'bin') },
    log: (line) => void log.push(line),
    cacheDir: join(machine, 'cache'),
    root: false,
    ...more,
  };
}

/** A distribution whose one package unpacks to a Redis that knows its version. */
async function distribution(): Promise<void> {
  await program(
    'apt-get',
    `echo "$@" >> ${machine}/apt.log; case "$*" in *download*) touch redis.deb;; esac`,
  );
  await program(
    'dpkg',
    `mkdir -p "$3/usr/bin" "$3/usr/lib/x86_64-linux-gnu"
     printf '#!/bin/sh\\necho v=7 $LD_LIBRARY_PATH\\n' > "$3/usr/bin/redis-server"; chmod 755 "$3/usr/bin/redis-server"`,
  );
}

const aptCalls = async () => (await readFile(join(machine, 'apt.log'), 'utf8')).trim().split('\n');

describe('Which Redis is used', () => {
  test.each(['localhost:6379', 'http://127.0.0.1', 'redis://', 'redis://host/zero', 'redis://host:port'])(
    'REDIS_URL=%s is refused',
    async (value) => {
      const env = { REDIS_URL: value };
      await expect(findRedis(options({ env }))).rejects.toThrow('REDIS_URL is malformed: expected redis://');
    },
  );

  test('a REDIS_URL that does not answer is an error, told without its password', async () => {
    const env = { REDIS_URL: `redis://user:secret@127.0.0.1:${await portOfNobody()}/2` };
    const error = await findRedis(options({ env })).catch((thrown: Error) => thrown);
    expect(String(error)).toMatch(/REDIS_URL redis:\/\/127\.0\.0\.1:\d+\/2 does not answer: ECONNREFUSED/);
    expect(String(error)).not.toContain('secret');
  });

  test('then redis-server on PATH', async () => {
    const binary = await program('redis-server', 'echo v=7');
    await distribution();
    expect(await findServer(options())).toMatchObject({ kind: 'path', binary, describe: binary });
  });

  test('then a private copy, also when the one on PATH is broken', async () => {
    await program('redis-server', 'echo "cannot open libjemalloc.so.2" >&2; exit 127');
    await distribution();
    expect(await findServer(options())).toMatchObject({ kind: 'private' });
    expect(log).toContain(
      'Redis: the redis-server on PATH does not start (redis-server: cannot open libjemalloc.so.2)',
    );
  });

  test('then none, with every reason', async () => {
    expect(await findRedis(options())).toEqual({
      kind: 'none',
      why:
        'no Redis: REDIS_URL is not set; no redis-server on PATH; ' +
        'no private copy of the distribution’s package (apt-get download: not found)',
    });
  });
});

describe('The private copy', () => {
  test('is fetched once', async () => {
    await distribution();
    const first = await privateCopy(options());
    const second = await privateCopy(options());
    expect(second).toEqual(first);
    expect(first.env.LD_LIBRARY_PATH).toContain('x86_64-linux-gnu');
    expect(await aptCalls()).toHaveLength(1);
    expect(log).toHaveLength(1);
  });

  test('is fetched again when it no longer starts', async () => {
    await distribution();
    const { binary } = await privateCopy(options());
    await writeFile(binary, 'garbage');
    expect(await findServer(options())).toMatchObject({ kind: 'private', binary });
    expect(await aptCalls()).toHaveLength(2);
  });

  test('may be asked for by several at once, and leaves nothing behind', async () => {
    await distribution();
    const found = await Promise.all(Array.from({ length: 5 }, () => findServer(options())));
    for (const one of found) expect(one).toMatchObject({ kind: 'private' });
    expect(await readdir(join(machine, 'cache'))).toEqual([process.arch]);
  });

  const missingLists = `echo "$@" >> ${'$'}0.log
    case "$*" in
      *update*) touch ${'$'}0.lists;;
      *) test -e ${'$'}0.lists || { echo "E: No packages found" >&2; exit 100; }; touch redis.deb;;
    esac`;

  test('refreshes missing package lists as root', async () => {
    await distribution();
    await program('apt-get', missingLists);
    expect(await findServer(options({ root: true }))).toMatchObject({ kind: 'private' });
    expect(log.at(-1)).toBe('Redis: refreshing the package lists');
  });

  test('says so when it may not', async () => {
    await distribution();
    await program('apt-get', missingLists);
    expect(await findServer(options())).toMatchObject({
      kind: 'none',
      why: expect.stringContaining('E: No packages found (“apt-get update” as root may help)'),
    });
    expect(await readdir(join(machine, 'cache'))).toEqual([]);
  });
});

describeWithRedis('REDIS_URL that answers', ({ redisUrl }) => {
  test('comes first, and is left running', async () => {
    await distribution();
    const found = await findRedis(options({ env: { REDIS_URL: redisUrl } }));
    if (found.kind === 'none') throw new Error(found.why);
    expect(found).toMatchObject({ kind: 'url', url: redisUrl, describe: `REDIS_URL ${redisUrl}` });
    await found.stop();
    expect(await ping(Number(new URL(redisUrl).port))).toBe('+PONG\r\n');
  });
});

const real = await findServer();

describe.skipIf(real.kind === 'none')(
  `A Redis of our own${real.kind === 'none' ? ` (${real.why})` : ''}`,
  () => {
    test('is the distribution’s, where there is none on PATH', async (context) => {
      const { PATH = '' } = process.env;
      const debian = await findServer({ env: { PATH } });
      if (debian.kind !== 'private') context.skip(`redis-server is on PATH`);
      const found = await findRedis({ env: { PATH } });
      if (found.kind === 'none') throw new Error(found.why);
      onTestFinished(found.stop);
      expect(found.kind).toBe('private');
      expect(await ping(Number(new URL(found.url).port))).toBe('+PONG\r\n');
    });

    test('keeps nothing, and comes back on the same port', async () => {
      const first = await startRedis();
      expect(await say(first.port, 'SET a 1\r\n')).toBe('+OK\r\n');
      await first.stop();
      await first.stop();
      expect(await ping(first.port)).toBe('ECONNREFUSED');
      const second = await startRedis({ port: first.port });
      onTestFinished(second.stop);
      expect(second.url).toBe(first.url);
      expect(await say(second.port, 'GET a\r\n')).toBe('$-1\r\n');
    });

    test('a port in use is one clear line', async () => {
      const redis = await startRedis();
      onTestFinished(redis.stop);
      await expect(startRedis({ port: redis.port })).rejects.toThrow(`port ${redis.port} is in use`);
    });

    /** Lines as they are said; `said` waits for so many. */
    function listener() {
      const lines: string[] = [];
      return {
        lines,
        onLoss: (line: string) => void lines.push(line),
        said: (count: number) => expect.poll(() => lines.length, { timeout: 10_000 }).toBe(count),
      };
    }

    test('that dies is said, and started again where it was; one that is stopped is neither', async () => {
      const { lines, onLoss, said } = listener();
      const found = await findRedis({ env: { PATH: process.env['PATH'] }, onLoss });
      if (found.kind === 'none') throw new Error(found.why);
      const port = Number(new URL(found.url).port);
      for (const before of [0, 2]) {
        await say(port, 'SHUTDOWN NOSAVE\r\n');
        await said(before + 2);
        expect(await ping(port)).toBe('+PONG\r\n');
      }
      const once = [`Redis has ended; a new one is started at port ${port}, empty`, 'Redis is back'];
      await found.stop();
      expect(await ping(port)).toBe('ECONNREFUSED');
      expect(lines).toEqual([...once, ...once]);
    });

    test('that somebody else runs: that it has gone is said once, and that it is back', async () => {
      const { lines, onLoss, said } = listener();
      const first = await startRedis();
      const found = await findRedis({ env: { REDIS_URL: `${first.url}/0` }, onLoss });
      if (found.kind === 'none') throw new Error(found.why);
      onTestFinished(found.stop);
      // It is known to be there before it goes.
      await expect
        .poll(async () => (await say(first.port, 'CLIENT LIST\r\n')).match(/^id=/gm)?.length)
        .toBe(2);
      await first.stop();
      await said(1);
      const second = await startRedis({ port: first.port });
      onTestFinished(second.stop);
      await said(2);
      expect(lines).toEqual([
        `REDIS_URL ${first.url}/0 has gone; answers come from the origin until it is back`,
        `REDIS_URL ${first.url}/0 is back`,
      ]);
    });

    const startOne = [
      `import { startRedis } from '${new URL('../../dev/redis/find.ts', import.meta.url).href}';`,
      'console.log((await startRedis()).port);',
    ];
    const runScript = (...lines: string[]) =>
      spawn(process.execPath, ['--input-type=module-typescript', '-e', lines.join('\n')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });

    test.each(['SIGKILL', 'SIGTERM'] as const)('dies with its parent, even by %s', async (signal) => {
      const parent = runScript(...startOne, 'setInterval(() => {}, 1e6);');
      const [port] = await once(parent.stdout, 'data');
      const socket = connect(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      socket.resume();
      // Redis closes the connection only when it ends, perhaps with a reset; the test's deadline is the wait's.
      const closed = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve));
      parent.kill(signal);
      await closed;
      expect(await ping(Number(port))).toMatch(/^ECONN/);
    });

    test('does not keep a process from ending', async () => {
      const parent = runScript(...startOne);
      parent.stdout.resume();
      expect(await once(parent, 'exit')).toEqual([0, null]);
    });
  },
);

const ping = (port: number) => say(port, 'PING\r\n');

/** One inline command; the reply, or the code of the error; `closed` where there is none. */
function say(port: number, line: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(line));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('close', () => resolve('closed'));
    socket.once('data', (reply) => {
      socket.destroy();
      resolve(reply.toString());
    });
  });
}

/** A port on which nobody listens any more. */
async function portOfNobody(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
