import { setTimeout } from 'node:timers/promises';
import { interruptedBy } from '../../cli/args/interruption.ts';
import { runProcess } from '../../cli/args/process.ts';
import type { Environment } from '../../cli/environment.ts';
import { Refusal } from '../refusal.ts';
import { noPlaceFor } from './faults.ts';
import { stackAt } from './find.ts';
import { type TrafficOptions, trafficCommand, trafficOptions } from './options.ts';
import { progressOf, summaryOf, summaryText } from './report.ts';
import { runTraffic } from './run.ts';

const environment: Omit<Environment, 'read' | 'hookSources'> = {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  fetch,
  now: Date.now,
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
  timeout: (ms) => AbortSignal.timeout(ms),
  interrupted: interruptedBy('SIGINT', 'SIGTERM', 'SIGHUP'),
};

async function main(options: TrafficOptions): Promise<void> {
  const { stdout, stderr } = environment;
  const stack = await stackAt(options.url, environment);
  const homeless = noPlaceFor(options.faults, stack);
  if (homeless !== null) throw new Refusal(homeless);
  const missing = [
    ...(stack.adminToken === null ? ['ADMIN_TOKEN: no purges by hand'] : []),
    ...(stack.originSecret === null ? ['ORIGIN_SECRET: no changes at the origin'] : []),
  ];
  for (const it of missing) stderr.write(`not set: ${it}\n`);
  const consoleUrl = `${stack.url}/-/console`;
  if (!options.json)
    stderr.write(`to ${stack.url}, seed ${options.seed}; ${consoleUrl} shows it; Ctrl-C ends it\n`);
  const progress = options.json ? null : progressOf(environment, options);
  const traffic = await runTraffic(options, stack, environment, progress?.show).finally(() =>
    progress?.end(),
  );
  stdout.write(
    options.json
      ? `${JSON.stringify(summaryOf(traffic, options, consoleUrl))}\n`
      : summaryText(traffic, options, consoleUrl),
  );
}

const anySeed = () => Math.floor(Math.random() * 1_000_000);

await runProcess(trafficCommand, (values) => main(trafficOptions(values, anySeed)));
