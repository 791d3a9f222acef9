import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { root } from './bundle.ts';

/** What a stack tells other commands of this folder, for as long as it runs: where its parts are, and what opens them. */
const handoverShape = z.object({
  /** Of the process that takes it away again, unless it is killed. */
  pid: z.int().optional(),
  url: z.string(),
  /** Null: it is no demo, and nothing is known of its data. */
  origin: z.string().nullable(),
  /** Of the gateway to Redis; null: entries are in memory. */
  gateway: z.string().nullable(),
  /** Of QStash's stand-in; null: there is none. */
  queue: z.string().nullable(),
  adminToken: z.string().nullable(),
  originSecret: z.string().nullable(),
  issuer: z.string().optional(),
  audience: z.string().optional(),
});

export type Handover = z.infer<typeof handoverShape>;

const folder = `${root}/node_modules/.cache/stillfresh`;
const fileOf = (port: number) => `${folder}/dev-${port}.json`;

/** For this user alone. Gives what takes it away again; where it cannot be written, other commands want the `export` lines. */
export function handOver(port: number, handover: Handover): () => void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const left of portsIn(folder))
      if (!isAlive(handedOver(left)?.pid)) rmSync(fileOf(left), { force: true });
    rmSync(fileOf(port), { force: true }); // one that was there keeps its mode
    writeFileSync(fileOf(port), JSON.stringify({ pid: process.pid, ...handover }), { mode: 0o600 });
  } catch {
    return () => {};
  }
  return () => rmSync(fileOf(port), { force: true });
}

/** Of the stack at this port, which need not run any more; null: there is none. */
export function handedOver(port: number): Handover | null {
  try {
    return handoverShape.safeParse(JSON.parse(readFileSync(fileOf(port), 'utf8'))).data ?? null;
  } catch {
    return null;
  }
}

/** Ports of stacks that run. */
export function portsHandedOver(): number[] {
  try {
    return portsIn(folder).filter((port) => isAlive(handedOver(port)?.pid));
  } catch {
    return [];
  }
}

const portsIn = (path: string): number[] =>
  readdirSync(path).flatMap((name) => Number(/^dev-(\d+)\.json$/.exec(name)?.[1] ?? 0) || []);

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}
