import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A command that a person runs, its lines as they come, and what it leaves behind. */
export interface Command {
  readonly pid: number;
  /** The first line, so far or to come, that matches. Rejects when the command ends, or is silent, before. */
  line(pattern: RegExp): Promise<string>;
  /** All lines so far: of standard output, and of both. */
  readonly out: readonly string[];
  readonly said: readonly string[];
  /** Settles when it has ended and its output is read. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** To the whole process group, as Ctrl-C in a terminal. */
  signalGroup(signal: NodeJS.Signals): void;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

const DEADLINE_MS = 25_000;

/** In a process group of its own, so that signals meant for it reach nobody else. */
export function run(program: string, args: readonly string[], options: CommandOptions = {}): Command {
  const child: ChildProcess = spawn(program, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, REDIS_URL: undefined, CI: undefined, ...options.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: string[] = [];
  const said: string[] = [];
  const waiting = new Set<() => void>();
  for (const [stream, lists] of [
    [child.stdout!, [out, said]],
    [child.stderr!, [said]],
  ] as const) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const list of lists) list.push(...lines);
      for (const look of waiting) look();
    });
  }
  let over = false;
  const ended = once(child, 'close').then(([code, signal]) => {
    over = true;
    for (const look of waiting) look();
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  return {
    pid: child.pid!,
    out,
    said,
    ended,
    line(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const look = () => {
        const found = said.find((it) => pattern.test(it));
        if (found !== undefined) resolve(found);
        else if (over) reject(new Error(`it ended before ${pattern}:\n${said.join('\n')}`));
      };
      const timer = setTimeout(
        () => reject(new Error(`no ${pattern} in time:\n${said.join('\n')}`)),
        DEADLINE_MS,
      );
      waiting.add(look);
      look();
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(look);
      });
    },
    signalGroup: (signal) => void process.kill(-child.pid!, signal),
  };
}

export interface Checkout {
  readonly cwd: string;
  /** As an editor saves it. */
  write(file: string, text: string): void;
  remove(): void;
}

/** What it takes to run this project; all of it is more. */
const runnable = ['dev', 'cli', 'src', 'routes', 'package.json', 'wrangler.toml', 'tsconfig.json'];

/** This project, or `parts` of it, in a folder of its own, with its packages; no Redis is kept for it. */
export function checkout(
  files: Readonly<Record<string, string>> = {},
  parts: readonly string[] = runnable,
): Checkout {
  const cwd = mkdtempSync(join(tmpdir(), 'stillfresh-checkout-'));
  for (const name of parts) cpSync(join(root, name), join(cwd, name), { recursive: true });
  mkdirSync(join(cwd, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '.cache') symlinkSync(join(root, 'node_modules', name), join(cwd, 'node_modules', name));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    writeFileSync(join(cwd, file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  return { cwd, write, remove: () => rmSync(cwd, { recursive: true, force: true }) };
}

/** A shell with what the stack printed for it, and a command that it suggests. */
export async function inShell(command: Command, line: string): Promise<string> {
  const exports = command.out.filter((it) => it.startsWith('export '));
  const script = [...exports, line].join('\n');
  const env = { PATH: process.env['PATH'], no_proxy: '127.0.0.1' };
  return (await promisify(execFile)('bash', ['-euc', script], { env })).stdout;
}

/** Everything below a process, whatever group it is in; Linux only. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : null;
    if (stat) parents.set(Number(name), stat.parent);
  }
  const below = (of: number): number[] =>
    [...parents].filter(([, parent]) => parent === of).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

/** Its program's name, such as `workerd`; empty once it has ended. */
export function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** A process that has ended and that nobody has asked after yet does not count. */
export function isRunning(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== null && stat.state !== 'Z';
}

function statOf(pid: number): { state: string; parent: number } | null {
  try {
    // `pid (name) state parent …`; the name may hold anything.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}

/** Below the ports that the system itself gives away, which others take as soon as they are let go. */
const [LOWEST_PORT, HIGHEST_PORT] = [10_000, 32_000];

/** The first of four free ports in a row. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const first = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    const tried = await Promise.allSettled([0, 1, 2, 3].map((offset) => listenAt(first + offset)));
    for (const it of tried) if (it.status === 'fulfilled') await it.value.close();
    if (tried.every((it) => it.status === 'fulfilled')) return first;
  }
}

export async function listenAt(port: number, host = '127.0.0.1') {
  const server = createServer();
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, host, done);
  });
  const { port: bound } = server.address() as { port: number };
  return { port: bound, close: () => new Promise<void>((done) => server.close(() => done())) };
}
