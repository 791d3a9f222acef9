import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Change } from './routes.ts';

/** How long after a failed try the next one comes; after the last of them an event is given up. */
const PAUSES_MS: readonly number[] = [1_000, 5_000, 30_000, 120_000];

/** For one try, answer and all. */
const TRY_MS = 5_000;

/** Events that are not delivered yet; one more is dropped, or an edge that is away would fill the memory. */
const PENDING = 1_000;

export interface WebhooksOptions {
  /** The edge's hook for this product, such as `http://127.0.0.1:8787/hooks/app`. */
  readonly url: string;
  /** `whsec_` and base64, as the edge has it too. */
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Default the global one. */
  readonly fetch?: typeof fetch;
  /** How the pause before another try is spent; rejects when `signal` is aborted. Default a timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Aborted after so many milliseconds, the deadline of a try. Default `AbortSignal.timeout`. */
  readonly timeout?: (ms: number) => AbortSignal;
  /** Takes a line for each try that failed, and for each event that is lost. Default none. */
  readonly log?: (line: string) => void;
}

export interface Webhooks {
  /** Returns at once. */
  send(change: Change): void;
  /** Drops what is not delivered yet. */
  stop(): Promise<void>;
}

/** Tells an edge of changes as a SaaS product would: signed by the Standard Webhooks specification, and tried again. */
export function startWebhooks({
  url,
  secret,
  now,
  fetch: post = fetch,
  sleep = (ms, signal) => setTimeout(ms, undefined, { signal, ref: false }),
  timeout = (ms) => AbortSignal.timeout(ms),
  log = () => {},
}: WebhooksOptions): Webhooks {
  const signer = new Webhook(secret);
  const stopping = new AbortController();
  const pending = new Set<Promise<void>>();

  return {
    send(change) {
      const event = eventOf(change, now());
      if (pending.size >= PENDING) return log(`webhook ${event.name} dropped: ${PENDING} are waiting`);
      const delivered = deliver(event).finally(() => pending.delete(delivered));
      pending.add(delivered);
    },
    async stop() {
      stopping.abort();
      await Promise.all(pending);
    },
  };

  async function deliver(event: Told): Promise<void> {
    for (const pauseMs of [...PAUSES_MS, null]) {
      const failed = await tryOnce(event);
      if (failed === null || stopping.signal.aborted) return;
      if (pauseMs === null) return log(`webhook ${event.name} given up: ${failed}`);
      log(`webhook ${event.name} tried again in ${pauseMs / 1000} s: ${failed}`);
      try {
        await sleep(pauseMs, stopping.signal);
      } catch {
        return; // stopped
      }
    }
  }

  /** Null when it was taken; else why not. */
  async function tryOnce({ id, payload }: Told): Promise<string | null> {
    const at = new Date(now());
    try {
      const { ok, status, body } = await post(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
          'webhook-signature': signer.sign(id, at, payload),
        },
        body: payload,
        redirect: 'manual',
        signal: AbortSignal.any([stopping.signal, timeout(TRY_MS)]),
      });
      await body?.cancel();
      return ok ? null : `it answered ${status}`;
    } catch (error) {
      const { cause, message } = error as Error;
      return cause instanceof Error ? cause.message : message;
    }
  }
}

/** One change as it is told: all tries share its id, so that a receiver can tell them from another change. */
interface Told {
  readonly id: string;
  /** For the log. */
  readonly name: string;
  readonly payload: string;
}

function eventOf(change: Change, nowMs: number): Told {
  const id = `msg_${randomBytes(16).toString('hex')}`;
  const { type, data } = typeAndData(change);
  const payload = JSON.stringify({ type, timestamp: new Date(nowMs).toISOString(), data });
  return { id, name: `${type} ${id}`, payload };
}

function typeAndData(change: Change): { readonly type: string; readonly data: object } {
  const { tenant: tenant_id } = change;
  switch (change.type) {
    case 'invoice.changed':
      return {
        type: change.paid ? 'invoice_paid' : 'invoice_updated',
        data: { tenant_id, invoice_id: change.invoice_id },
      };
    case 'user.role_changed':
      return { type: 'role_updated', data: { tenant_id, user_id: change.user_id } };
    case 'user.removed':
      return { type: 'user_removed', data: { tenant_id, user_id: change.user_id } };
    case 'dashboard.refreshed':
      return { type: 'metric_refresh_completed', data: { tenant_id, dashboard_ids: change.dashboard_ids } };
  }
}
