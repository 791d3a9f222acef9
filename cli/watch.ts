import { type Accepted, type Api, Unreachable } from './api.ts';
import type { Values } from './args/definition.ts';
import { durationMs } from './args/values.ts';
import type { Environment } from './environment.ts';
import { type ExitCode, exit, Failure, UsageError } from './failure.ts';
import type { commonArgs, watchArgs } from './flags.ts';
import { farAndMet, metWords } from './met.ts';
import { progressOn, silent } from './progress.ts';
import { CRON_MINUTES, isLeftToCron, type Receipt, whyNoQueue } from './receipt.ts';
import { printable, seconds } from './text.ts';
import { type Waited, waitFor } from './wait.ts';

export interface Watching extends Values<typeof watchArgs & Pick<typeof commonArgs, 'json'>> {
  readonly api: Api;
  readonly environment: Environment;
}

/** How long to wait, unless it is said. */
const USUAL_TIMEOUT = '2m';

/** How long to wait at most. To be called before anything is sent: it refuses what cannot be meant. */
export function timeoutMsOf({ wait, timeout }: Pick<Watching, 'wait' | 'timeout'>): number {
  if (!wait && timeout !== undefined)
    throw new UsageError('--timeout says how long to wait, and --no-wait not to; leave out one');
  return durationMs('--timeout', timeout ?? USUAL_TIMEOUT, { most: '24h', example: '90s or 2m' });
}

/** Prints what a purge is called, and watches it until it is known to count, or until nobody will know it soon. */
export async function watch({ id, hints }: Accepted, watching: Watching): Promise<ExitCode> {
  const { json, wait, timeout, strict, environment } = watching;
  let receipt: Receipt | null = null;
  if (!json) {
    environment.stdout.write(`${id}\n`);
    for (const hint of hints) environment.stderr.write(`hint: ${printable(hint)}\n`);
  }
  try {
    if (wait) {
      const waited = await wholeOf(id, hints, watching);
      receipt = waited.receipt;
      if (waited.end === 'missed') throw strictly(missedBy(receipt, hints)!, id);
      if (waited.end !== 'done') throw notDone(id, waited, timeout ?? USUAL_TIMEOUT);
      if (!json) environment.stderr.write(`${success(waited.receipt)}\n`);
    }
    const missed = strict ? missedBy(receipt, hints) : null;
    if (missed !== null) throw strictly(missed);
    return exit.done;
  } finally {
    const shown = { ...(receipt ?? { purge_id: id }), ...(hints.length > 0 && { hint: hints }) };
    if (json) environment.stdout.write(`${JSON.stringify(shown)}\n`);
  }
}

/** What `--strict` does not let pass; a hint on names that were all met was none. */
function missedBy(receipt: Receipt | null, hints: readonly string[]): string | null {
  const hint = hints[0] ?? null;
  if (typeof receipt?.met !== 'number') return hint;
  const words = metWords(receipt);
  return receipt.met === 0 ? words : words && hint;
}

/** `goesOn`: the id of one that is not done yet. */
function strictly(missed: string, goesOn?: string): Failure {
  const more = goesOn === undefined ? '' : `\n  The purge itself goes on. ${lookAgain(goesOn)}`;
  return new Failure(exit.metNothing, `--strict: ${printable(missed)}${more}`);
}

async function wholeOf(id: string, hints: readonly string[], watching: Watching): Promise<Waited> {
  const { api, json, strict, environment } = watching;
  const progress = json ? silent(environment) : progressOn(environment);
  const untilMs = environment.now() + timeoutMsOf(watching);
  // What is met is known once it is applied, half a minute before it is verified. What is to be deleted is waited for.
  const isMissed = (it: Receipt) =>
    strict && typeof it.met === 'number' && !it.erasure && missedBy(it, hints) !== null;
  return waitFor(id, { api, environment, untilMs, progress, isMissed })
    .catch((error) => unseen(id, error, environment))
    .finally(() => progress.end());
}

/** Of a request that was to make a purge, and that failed. */
export function notSent(error: unknown): never {
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

function notDone(id: string, waited: Exclude<Waited, { end: 'done' | 'missed' }>, timeout: string): Failure {
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
    `not done within ${timeout}: it is ${receipt ? farAndMet(receipt) : 'accepted'}, and goes on\n  ${lookAgain(id)}`,
  );
}

const lookAgain = (id: string) => `Look at it with: npx stillfresh receipt ${id}`;

function success(receipt: Receipt): string {
  const { erasure } = receipt;
  if (erasure) return `all deleted: ${erasure.deleted} of ${erasure.scanned} names`;
  const so = farAndMet(receipt);
  if (!isLeftToCron(receipt)) return so;
  return `${so}; ${whyNoQueue(receipt)}, so that the cron verifies it within ${CRON_MINUTES} minutes\n  ${lookAgain(receipt.purge_id)}`;
}
