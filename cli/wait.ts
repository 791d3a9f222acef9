import { type Api, Unreachable } from './api.ts';
import type { Environment } from './environment.ts';
import type { Progress } from './progress.ts';
import { isDone, type Receipt } from './receipt.ts';

/** The first look again comes soon, because a purge is applied within a second; the later ones spare the edge, which may ask for more by `Retry-After`. */
const FIRST_MS = 250;
const LAST_MS = 2_000;
/** While the edge answers that there is no receipt: each look is a line of its log. */
const LAST_UNSEEN_MS = 30_000;

/** How the wait ended; `receipt`: the last that the edge has shown. */
export type Waited =
  | { readonly end: 'done'; readonly receipt: Receipt }
  | { readonly end: 'dead'; readonly receipt: Receipt }
  /** It is known to be in vain, before it is done. */
  | { readonly end: 'missed'; readonly receipt: Receipt }
  /** `failing`: why the last look failed, if it did. */
  | { readonly end: 'late'; readonly receipt: Receipt | null; readonly failing: string | null };

export interface WaitOptions {
  readonly api: Api;
  readonly environment: Environment;
  readonly untilMs: number;
  readonly progress: Progress;
  /** Whether there is no need to wait on. */
  readonly isMissed: (receipt: Receipt) => boolean;
}

/** Looks at a purge until nothing is left to wait for, or until `untilMs`. Rejects when the edge refuses to show it. */
export async function waitFor(
  id: string,
  { api, environment, untilMs, progress, isMissed }: WaitOptions,
): Promise<Waited> {
  let receipt: Receipt | null = null;
  for (let delayMs = FIRST_MS; ; ) {
    const look = await lookAt(id, api);
    receipt = look.receipt ?? receipt;
    const { failing } = look;
    if (receipt?.state === 'dead') return { end: 'dead', receipt };
    if (receipt && isDone(receipt)) return { end: 'done', receipt };
    if (receipt && isMissed(receipt)) return { end: 'missed', receipt };
    const leftMs = untilMs - environment.now();
    if (leftMs <= 0) return { end: 'late', receipt, failing };
    progress.show({ receipt, failing });
    await progress.pause(Math.min(Math.max(delayMs, look.retryAfterMs ?? 0), leftMs));
    delayMs = Math.min(2 * delayMs, receipt || failing !== null ? LAST_MS : LAST_UNSEEN_MS);
  }
}

/** Looks once. An edge that does not answer now may answer a little later: the purge does not depend on it. */
async function lookAt(id: string, api: Api) {
  try {
    return { ...(await api.receipt(id)), failing: null };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return { receipt: null, failing: error.message, retryAfterMs: error.retryAfterMs };
  }
}
