import { writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Values } from '../args/definition.ts';
import { interruptedBy } from '../args/interruption.ts';
import { runProcess } from '../args/process.ts';
import { exit, Failure } from '../failure.ts';
import { drilledEdge } from './edge.ts';
import { drills } from './list.ts';
import { drillCommand, drillOptions } from './options.ts';
import { junitOf, lineOf, sumOf } from './report.ts';
import { runDrills } from './run.ts';

const environment = {
  env: process.env,
  fetch,
  now: Date.now,
  sleep: (ms: number, signal: AbortSignal) => setTimeout(ms, undefined, { signal }),
  timeout: (ms: number) => AbortSignal.timeout(ms),
  interrupted: interruptedBy('SIGINT', 'SIGTERM'),
};

async function main(flags: Values<typeof drillCommand.args>): Promise<void> {
  if (flags.list) {
    for (const { name, shows, disturbs } of drills)
      console.log(
        `${name.padEnd(24)} ${shows}${disturbs === undefined ? '' : `; needs --allow ${name}: ${disturbs}`}`,
      );
    return;
  }
  const options = drillOptions(flags, environment);
  const edge = drilledEdge(options.url, options, environment);
  const { canary, hook, redisFaults } = options;
  const stage = {
    edge,
    canary,
    hook,
    redisFaults,
    one: { token: options.token },
    other: { token: options.otherToken },
  };
  // Whether it is there, before each drill would say that it is not.
  if ((await edge.read('/-/health', { token: null })).status >= 500)
    throw new Failure(
      exit.unreachable,
      `${options.url}: /-/health says that it is not well; its log says why`,
    );
  const isShown = process.stderr.isTTY && !flags.json;
  const done = await runDrills(options.drills, stage, ({ name }) => {
    if (isShown) process.stderr.write(`\r\u001b[K${name} …`);
  });
  if (isShown) process.stderr.write('\r\u001b[K');
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ drills: done.map(({ seconds: _, ...it }) => it) })}\n`);
  else process.stdout.write(`${done.map(lineOf).join('')}${sumOf(done, edge.requests())}`);
  if (flags.junit !== undefined) await writeFile(flags.junit, junitOf(done));
  if (done.some(({ passed }) => !passed)) process.exitCode = exit.notDone;
}

await runProcess(drillCommand, main);
