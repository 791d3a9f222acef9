import { writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { reasonOf } from '../answer.ts';
import type { Values } from '../args/definition.ts';
import { interruptedBy } from '../args/interruption.ts';
import { runProcess } from '../args/process.ts';
import { exit, Failure } from '../failure.ts';
import { drilledAdmin } from './admin.ts';
import { bounds } from './bounds.ts';
import { counted, drilledEdge } from './edge.ts';
import { listOf } from './list.ts';
import { drillCommand, drillOptions } from './options.ts';
import { countsOf, jsonOf, junitOf, lineOf, sumOf } from './report.ts';
import { runDrills } from './run.ts';
import { stageOf } from './stage.ts';

const unbounded = {
  fetch,
  now: Date.now,
  sleep: (ms: number, signal: AbortSignal) => setTimeout(ms, undefined, { signal }),
  timeout: (ms: number) => AbortSignal.timeout(ms),
  interrupted: interruptedBy('SIGINT', 'SIGTERM', 'SIGHUP'),
};

async function main(flags: Values<typeof drillCommand.args>): Promise<void> {
  const { json, list, junit } = flags;
  if (list) {
    process.stdout.write(listOf(json));
    return;
  }
  const options = drillOptions(flags, { env: process.env, now: Date.now });
  const { at, drills, patienceMs } = options;
  const sent = counted(fetch);
  const surroundings = { ...unbounded, fetch: sent.fetch };
  const edge = drilledEdge(at.url, surroundings);
  const admin = drilledAdmin({ ...options, edge, unbounded }, surroundings);
  const stage = await stageOf(options, { edge, admin, patienceMs });

  const { isTTY } = process.stderr;
  const clear = () => isTTY && !json && process.stderr.write('\r\u001b[K');
  if (!json)
    process.stderr.write(
      `drills at ${at.url}: ${drills.length}, with at most ${bounds.requests} requests; Ctrl-C ends them\n`,
    );
  const { done, interrupted } = await runDrills(drills, stage, {
    onStart: ({ name }) => isTTY && !json && process.stderr.write(`\r\u001b[K${name} …`),
    onEnd: (drilled) => {
      clear();
      if (!json) process.stdout.write(lineOf(drilled));
    },
  });
  clear();
  process.stdout.write(json ? jsonOf(done) : sumOf(done, sent.requests()));
  if (junit !== undefined) await save(junit, junitOf(done));
  if (interrupted) throw new Failure(exit.interrupted, 'interrupted');
  const { passed, failed } = countsOf(done);
  if (failed > 0) process.exitCode = exit.notDone;
  else if (passed === 0) throw new Failure(exit.refused, 'every drill was skipped: nothing was shown');
}

async function save(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: unknown) => {
    throw new Failure(exit.notDone, `--junit ${file}: it cannot be written (${reasonOf(error)})`);
  });
}

await runProcess(drillCommand, main);
