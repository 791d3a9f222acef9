import { bounds } from '../src/bounds.ts';
import type { Environment } from './environment.ts';
import { farAndMet, metWords } from './met.ts';
import { afterMs, howFar, type Receipt } from './receipt.ts';

/** What is known of a purge while it is waited for. */
export interface Seen {
  readonly receipt: Receipt | null;
  readonly failing: string | null;
}

/** Shows how far a purge is. */
export interface Progress {
  show(seen: Seen): void;
  /** Rejects on Ctrl-C. */
  pause(ms: number): Promise<void>;
  /** Leaves the place to what is written next. */
  end(): void;
}

/** In a terminal one line that is written over; elsewhere a line for each change. */
export function progressOn(environment: Environment): Progress {
  return environment.stderr.isTTY && environment.env['TERM'] !== 'dumb'
    ? oneLine(environment)
    : lines(environment);
}

/** Shows nothing, for whoever wants nothing but JSON. */
export function silent({ sleep, interrupted }: Environment): Progress {
  return {
    show() {},
    async pause(ms) {
      await sleep(ms, interrupted);
    },
    end() {},
  };
}

function lines(environment: Environment): Progress {
  let last: string | undefined;
  return {
    ...silent(environment),
    show(seen) {
      const line = lineOf(seen);
      if (line !== last) environment.stderr.write(`${line}\n`);
      last = line;
    },
  };
}

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const FRAME_MS = 100;

function oneLine({ stderr, now, sleep, interrupted }: Environment): Progress {
  const fromMs = now();
  let seen: Seen = { receipt: null, failing: null };
  let frame = 0;
  const draw = () => {
    const spinner = SPINNER[frame++ % SPINNER.length];
    const line = `${spinner} ${frameOf(seen, now() - fromMs)}`;
    // One that wraps could not be written over.
    stderr.write(`\r${line.slice(0, (stderr.columns || 80) - 1)}\u001b[K`);
  };
  return {
    show(it) {
      seen = it;
      draw();
    },
    async pause(ms) {
      for (const untilMs = now() + ms; now() < untilMs; draw())
        await sleep(Math.min(FRAME_MS, untilMs - now()), interrupted);
    },
    end() {
      stderr.write('\r\u001b[K');
    },
  };
}

/** How far it is, in words that change seldom. */
function lineOf({ receipt, failing }: Seen): string {
  if (failing !== null) return `trying again: ${firstLine(failing)}`;
  if (receipt === null) return 'accepted; its receipt is not there yet';
  if (receipt.state === 'accepted') return 'accepted; waits to be applied';
  if (receipt.erasure) return `${howFar(receipt)}; deleting`;
  return `${farAndMet(receipt)}; verification ${bounds.verifyAfterMs / 1000} s later`;
}

/** How far it is, in words that change all the time. State and seconds come first: a narrow terminal shows no more. */
function frameOf({ receipt, failing }: Seen, elapsedMs: number): string {
  const elapsed = `${Math.floor(elapsedMs / 1000)} s`;
  if (failing !== null) return `trying again, ${elapsed}: ${firstLine(failing)}`;
  if (receipt === null) return `accepted, ${elapsed}: no receipt yet`;
  const { state, attempts, erasure } = receipt;
  if (state === 'accepted')
    return `accepted, ${elapsed}: waits to be applied${attempts > 0 ? ` (tries: ${attempts})` : ''}`;
  if (erasure) return `${state}, ${elapsed}: ${erasure.deleted} of ${erasure.scanned} names deleted`;
  // From here on by this machine's clock, which need not agree with the edge's: it was accepted when we began.
  const leftMs = (afterMs(receipt, receipt.applied_at) ?? 0) + bounds.verifyAfterMs - elapsedMs;
  const words = metWords(receipt);
  const met = words === null ? '' : `; ${words}`;
  return leftMs > 0
    ? `${state}, ${Math.ceil(leftMs / 1000)} s until it is verified${met}`
    : `${state}, verified any moment now${met}`;
}

const firstLine = (text: string): string => text.split('\n')[0]!;
