import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CurvePoint } from '../../../cli/assess/assessment.ts';
import type { LogShape } from './log.ts';

/** What one process of `assess-one.ts` needed, and found. */
export interface Measured {
  readonly requests: number;
  readonly late: number;
  readonly bytes: number;
  /** Of the process: all its threads, garbage collection too; not of what made the log. */
  readonly cpuMs: number;
  /** From the first byte to the result. */
  readonly wallMs: number;
  readonly peakRssBytes: number;
  readonly keys: number;
  readonly curve: readonly CurvePoint[];
  readonly routes: readonly { readonly route: string; readonly curve: readonly CurvePoint[] }[];
}

/** What `assess-one.ts` is told. */
export interface Task {
  /** `-`: the log that it is fed. */
  readonly file: string;
  readonly mostKeys?: number;
}

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Measures in a process of its own; the log is made by another while it is read, and never lies on a disk. */
export async function measure(task: Task, shape?: LogShape): Promise<Measured> {
  const assessor = spawn(process.execPath, [path('./assess-one.ts'), JSON.stringify(task)], {
    stdio: [shape ? 'pipe' : 'ignore', 'pipe', 'inherit'],
  });
  const writer = shape
    ? spawn(process.execPath, [path('./write-log.ts'), JSON.stringify(shape)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
    : null;
  try {
    if (writer) {
      writer.stdout.pipe(assessor.stdin!);
      // Whoever stops reading says why by its exit code.
      assessor.stdin!.on('error', () => {});
    }
    const text: Buffer[] = [];
    assessor.stdout!.on('data', (piece: Buffer) => text.push(piece));
    const [code] = await once(assessor, 'close');
    if (code !== 0) throw new Error(`assess-one.ts ended with ${code}`);
    return JSON.parse(Buffer.concat(text).toString());
  } finally {
    writer?.kill();
    assessor.kill();
  }
}
