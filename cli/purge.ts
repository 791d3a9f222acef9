import { connect, Unreachable } from './api.ts';
import { edgeOf } from './edge.ts';
import type { Environment } from './environment.ts';
import { type ExitCode, exit, Failure, UsageError } from './failure.ts';
import { commonFlags, durationMs, noMore, parseFlags } from './flags.ts';
import { orderFlags, orderOf } from './order.ts';
import { progressOn, silent } from './progress.ts';
import { CRON_MINUTES, howFar, isLeftToCron, type Receipt, whyNoQueue } from './receipt.ts';
import { seconds } from './text.ts';
import { type Waited, waitFor } from './wait.ts';

/** `stillfresh purge`: sends a purge, and waits until it is known to count, or until nobody will know it soon. */
export async function purge(args: readonly string[], environment: Environment): Promise<ExitCode> {
  const { flags, rest } = parseFlags(args, {
    ...orderFlags,
    ...commonFlags,
    'no-wait': { type: 'boolean' },
    timeout: { type: 'string' },
  });
  noMore(rest, 'a tag is given by --tag, a tenant by --tenant');
  if (flags['no-wait'] && flags.timeout !== undefined)
    throw new UsageError('--timeout says how long to wait, and --no-wait not to; leave out one');
  const order = orderOf(flags);
  const timeout = flags.timeout ?? '2m';
  const timeoutMs = durationMs('--timeout', timeout);
  const api = connect(edgeOf(flags.url, environment.env), environment);

  const id = await api.purge(order).catch(notSent);
  let shown: object = { purge_id: id };
  if (!flags.json) environment.stdout.write(`${id}\n`);
  try {
    if (flags['no-wait']) return exit.done;
    const progress = flags.json ? silent(environment) : progressOn(environment);
    const untilMs = environment.now() + timeoutMs;
    const waited = await waitFor(id, { api, environment, untilMs, progress })
      .catch((error) => unseen(id, error, environment))
      .finally(() => progress.end());
    shown = waited.receipt ?? shown;
    if (waited.end !== 'done') throw notDone(id, waited, timeout);
    if (!flags.json) environment.stderr.write(`${success(waited.receipt)}\n`);
    return exit.done;
  } finally {
    if (flags.json) environment.stdout.write(`${JSON.stringify(shown)}\n`);
  }
}

function notSent(error: unknown): never {
  if (error instanceof Unreachable) {
    const pause = error.retryAfterMs ? ` in ${seconds(error.retryAfterMs)}` : '';
    throw new Failure(
      error.exitCode,
      `${error.message}\n  Send it again${pause}: to purge twice does no harm`,
    );
  }
  if (error instanceof Failure && error.exitCode === exit.interrupted)
    throw new Failure(
      error.exitCode,
      'interrupted; if it was accepted it goes on, and npx stillfresh purges lists it',
    );
  throw error;
}

/** Ends the command with a hint: the purge is on its way, whatever prevents us from watching it. */
function unseen(id: string, error: unknown, { interrupted }: Environment): never {
  if (interrupted.aborted)
    throw new Failure(exit.interrupted, `interrupted; the purge itself goes on\n  ${lookAgain(id)}`);
  if (!(error instanceof Failure)) throw error;
  throw new Failure(error.exitCode, `${error.message}\n  The purge itself goes on. ${lookAgain(id)}`);
}

function notDone(id: string, waited: Exclude<Waited, { end: 'done' }>, timeout: string): Failure {
  if (waited.end === 'dead') {
    const { attempts, applied_at } = waited.receipt;
    const so = applied_at === null ? 'what it names may still be served' : 'but it was applied';
    return new Failure(
      exit.notDone,
      `${id} is dead: the queue gave it up (tries: ${attempts}); ${so}\n  Look for the id in the edge's log and mend what it says: it is tried again for a day. To send the purge again does no harm`,
    );
  }
  const { receipt, failing } = waited;
  if (failing !== null)
    return new Failure(exit.unreachable, `${failing}\n  The purge itself goes on. ${lookAgain(id)}`);
  return new Failure(
    exit.notDone,
    `not done within ${timeout}: it is ${receipt ? howFar(receipt) : 'accepted'}, and goes on\n  ${lookAgain(id)}`,
  );
}

const lookAgain = (id: string) => `Look at it with: npx stillfresh receipt ${id}`;

function success(receipt: Receipt): string {
  const { erasure } = receipt;
  if (erasure) return `all deleted: ${erasure.deleted} of ${erasure.scanned} names`;
  if (!isLeftToCron(receipt)) return howFar(receipt);
  const so = `${whyNoQueue(receipt)}, so that the cron verifies it within ${CRON_MINUTES} minutes`;
  return `${howFar(receipt)}; ${so}\n  ${lookAgain(receipt.purge_id)}`;
}
