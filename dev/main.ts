import { runProcess } from '../cli/args/process.ts';
import { root } from './bundle.ts';
import { endOnSignals } from './command.ts';
import { type Handover, handOver } from './handover.ts';
import { introductionTo, newsAfter } from './introduction.ts';
import { type DevOptions, devCommand, devOptions } from './options.ts';
import { reloadOnEdit } from './reload.ts';
import { logger } from './request-line.ts';
import { givenSettings } from './settings.ts';
import { type Stack, startStack } from './stack.ts';

async function main(options: DevOptions): Promise<void> {
  // With --json, stdout is for a program to read.
  const tell = options.json ? console.error : console.log;
  const stack = await startStack({
    ...options,
    given: givenSettings(process.env, root),
    say: (line) => tell(`… ${line}`),
    log: logger(options.json ? 'json' : 'lines'),
  });
  const edits = reloadOnEdit(async () => {
    try {
      const news = await newsAfter(stack, stack.reload);
      tell(news === '' ? '… reloaded' : `… reloaded; new:\n${news}`);
    } catch (error) {
      console.error(`… not reloaded: ${(error as Error).message}`);
    }
  });
  const takeBack = handOver(options.port, handoverOf(stack));
  endOnSignals(async () => {
    takeBack();
    await edits.stop();
    await stack.stop();
  });
  // Whoever read it has gone, as `head` does.
  process.stdout.on('error', () => process.kill(process.pid, 'SIGTERM'));
  tell(await introductionTo(stack));
}

const handoverOf = (stack: Stack): Handover => ({
  url: stack.edge.url,
  origin: stack.isDemo ? stack.origin : null,
  gateway: stack.gateway,
  queue: stack.standIn?.url ?? null,
  adminToken: stack.adminToken,
  originSecret: stack.originSecret,
  issuer: stack.issuer,
  audience: stack.audience,
});

await runProcess(devCommand, (values) => main(devOptions(values)));
