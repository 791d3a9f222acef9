import { bounds } from '../src/bounds.ts';
import { afterMs, howFar, type Receipt } from './receipt.ts';
import type { Surroundings } from './surroundings.ts';

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
export function progressOn(around: Surroundings): Progress {
  return around.stderr.isTTY && around.env['TERM'] !== 'dumb' ? oneLine(around) : lines(around);
}

/** For who wants JSON alone. */
export function silent({ sleep, interrupted }: Surroundings): Progress {
  return {
    show() {},
    async pause(ms) {
      await sleep(ms, interrupted);
    },
    end() {},
  };
}

function lines(around: Surroundings): Progress {
  let last: string | undefined;
  return {
    ...silent(around),
    show(seen) {
      const line = stateOf(seen);
      if (line !== last) around.stderr.write(`${line}\n`);
      last = line;
    },
  };
}

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const FRAME_MS = 100;

function oneLine({ stderr, now, sleep, interrupted }: Surroundings): Progress {
  const fromMs = now();
  let seen: Seen = { receipt: null, failing: null };
  let frame = 0;
  const draw = () => {
    const spinner = SPINNER[frame++ % SPINNER.length];
    const elapsedMs = now() - fromMs;
    const line = `${spinner} ${Math.floor(elapsedMs / 1000)} s: ${stateOf(seen)}${detailOf(seen, elapsedMs)}`;
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

/** What changes seldom. */
function stateOf({ receipt, failing }: Seen): string {
  if (failing !== null) return `trying again: ${failing.split('\n')[0]}`;
  if (receipt === null) return 'accepted; its receipt is not there yet';
  if (receipt.state === 'accepted') return 'accepted; waits to be applied';
  if (receipt.erasure) return `${howFar(receipt)}; deleting`;
  return `${howFar(receipt)}; verification comes ${bounds.verifyAfterMs / 1000} s after`;
}

/** What changes all the time. */
function detailOf({ receipt, failing }: Seen, elapsedMs: number): string {
  if (failing !== null || receipt === null) return '';
  if (receipt.state === 'accepted') return receipt.attempts > 0 ? ` (tries: ${receipt.attempts})` : '';
  if (receipt.erasure)
    return `: ${receipt.erasure.scanned} names looked at, ${receipt.erasure.deleted} deleted`;
  // From here on by this machine's clock, which need not agree with the edge's: it was accepted when we began.
  const leftMs = (afterMs(receipt, receipt.applied_at) ?? 0) + bounds.verifyAfterMs - elapsedMs;
  return leftMs > 0 ? `, ${Math.ceil(leftMs / 1000)} s to go` : ', any moment now';
}
