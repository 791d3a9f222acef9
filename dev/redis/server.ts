import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Program } from './run.ts';

/** Redis starts in well under 0.1 s; a loaded machine gets a hundred times that. */
const startMs = 10_000;
/** Redis keeps nothing, so it ends at once when asked. */
const stopMs = 2_000;
/** Another process may take a free port between our finding it and Redis binding it. */
const portAttempts = 3;

export interface RunningRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Settles when it has ended, whatever ended it. */
  readonly ended: Promise<void>;
  /** Ends it and forgets everything. May be called twice. */
  stop(): Promise<void>;
}

/** Starts Redis on 127.0.0.1 without persistence. It dies with this process, however this process ends. */
export async function startServer(program: Program, options: { port?: number } = {}): Promise<RunningRedis> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(options.port ?? (await freePort()), program);
    } catch (error) {
      const taken = (error as Error).message.includes('in use');
      if (!taken || options.port !== undefined || attempt === portAttempts) throw error;
    }
  }
}

async function startOn(port: number, program: Program): Promise<RunningRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'stillfresh-redis-'));
  const args = `--port ${port} --bind 127.0.0.1 --appendonly no --daemonize no --dir ${dir}`.split(' ');
  const child = spawn(program.binary, [...args, '--save', ''], {
    env: program.env,
    // Its own process group: Ctrl-C reaches only us, and we stop what we started in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  try {
    await ready(child, port);
  } catch (error) {
    child.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
  const pid = child.pid as number;
  const guardian = guard(pid, dir);
  void ended.then(() => guardian.kill());
  let stopping: Promise<void> | undefined;
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid,
    ended,
    stop: () => {
      stopping ??= stop(child, ended).then(() => rm(dir, { recursive: true, force: true }));
      return stopping;
    },
  };
}

/** Settles when Redis says that it accepts connections, ends, or is too slow. Its own words, not a probe: a probe could reach another Redis. */
async function ready(child: ChildProcess, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  const listen = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4096);
    if (said.includes('Ready to accept connections')) resolve();
  };
  const streams = [child.stdout, child.stderr] as Socket[];
  for (const stream of streams) stream.on('data', listen);
  child.once('error', (error) => reject(new Error(`redis-server does not start: ${error.message}`)));
  child.once('close', () => reject(new Error(whyEnded(said, port))));
  const timer = setTimeout(() => reject(new Error('redis-server does not get ready')), startMs);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    for (const stream of streams) {
      stream.off('data', listen);
      // Goes on being read, so that Redis never waits for us, but keeps nobody from ending.
      stream.resume();
      stream.unref();
    }
    child.unref();
  }
}

function whyEnded(said: string, port: number): string {
  if (/Address already in use/i.test(said)) return `port ${port} is in use`;
  const last = said.trim().split('\n').at(-1) || 'it said nothing';
  return `redis-server does not start: ${last}`;
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.ref();
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await ended;
  clearTimeout(timer);
}

/** A shell that reads from us until we are gone, even by SIGKILL, and then ends Redis. */
function guard(pid: number, dir: string): ChildProcess {
  const script = 'read -r _; kill -9 "$1"; rm -rf "$2"';
  const guardian = spawn('/bin/sh', ['-c', script, 'redis-guardian', String(pid), dir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell, Redis would only outlive a parent that was killed.
  guardian.on('error', () => {});
  (guardian.stdin as Socket).unref();
  guardian.unref();
  return guardian;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
