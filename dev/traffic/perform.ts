import type { Environment } from '../../cli/environment.ts';
import { BoundedMap } from '../../src/bounded-map.ts';
import type { Handover } from '../handover.ts';
import { signDevToken } from '../keys.ts';
import { roleAtStart } from '../origin/people.ts';
import type { Action, Person } from './plan.ts';
import { saidBy, type Tally } from './tally.ts';

/** Longer than the edge takes for any answer. */
const ANSWER_MS = 15_000;

const TOKEN_MS = 10 * 60_000;
/** A token is taken for so long before its end at most. */
const RENEW_MS = 60_000;

/** `ETag`s that people were given. */
const MOST_ETAGS = 2_000;

export interface Performer {
  /** `silent`: a change is not told. Resolves whatever comes; false: there was no answer. */
  perform(action: Action, silent: boolean): Promise<boolean>;
}

type Around = Pick<Environment, 'fetch' | 'now' | 'timeout'>;

/** Does what was planned, and counts what became of it. */
export function performerAt(stack: Handover, tally: Tally, { fetch, now, timeout }: Around): Performer {
  const tokens = new Map<string, { readonly token: Promise<string>; readonly untilMs: number }>();
  const etags = new BoundedMap<string, string>(MOST_ETAGS);
  const { done } = tally;

  return {
    async perform(action, silent) {
      try {
        await perform(action, silent);
        return true;
      } catch {
        done.failed += 1;
        return false;
      }
    },
  };

  async function perform(action: Action, silent: boolean): Promise<void> {
    switch (action.kind) {
      case 'read':
        return read(action);
      case 'write': {
        done.writes += 1;
        const headers = { ...(await authorized(action.as)), 'Content-Type': 'application/json' };
        await counted(stack.url + action.path, {
          method: 'PATCH',
          headers,
          body: JSON.stringify(action.body),
        });
        return;
      }
      case 'change':
        return change(action, silent);
      case 'purge': {
        if (stack.adminToken === null) return;
        const { status } = await send(`${stack.url}/-/purge`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${stack.adminToken}`, 'Content-Type': 'application/json' },
          body: JSON.stringify(action.order),
        });
        if (status === 202) done.purges += 1;
        else done.failed += 1;
      }
    }
  }

  async function read({ path, as, conditional }: Extract<Action, { kind: 'read' }>): Promise<void> {
    const name = `${as?.tenant}/${as?.user}${path}`;
    const etag = conditional ? etags.get(name) : undefined;
    done.reads += 1;
    if (etag !== undefined) done.conditional += 1;
    const { status, headers } = await counted(stack.url + path, {
      headers: { ...(as && (await authorized(as))), ...(etag !== undefined && { 'If-None-Match': etag }) },
    });
    if (status === 304) done.not_modified += 1;
    const given = headers.get('ETag');
    if (given !== null && as) etags.set(name, given);
  }

  async function change({ method, path, as, body }: Extract<Action, { kind: 'change' }>, silent: boolean) {
    if (stack.origin === null || stack.originSecret === null) return;
    const { ok } = await send(`${stack.origin}${path}${silent ? '?silent=1' : ''}`, {
      method,
      headers: {
        'X-Origin-Secret': stack.originSecret,
        'X-Tenant-Id': as.tenant,
        'X-User-Id': as.user,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    if (!ok) done.failed += 1;
    else if (silent) done.silent_changes += 1;
    else done.changes += 1;
  }

  async function counted(url: string, init: RequestInit): Promise<Response> {
    const fromMs = now();
    const response = await send(url, init);
    tally.count(saidBy(response.status, response.headers.get('Cache-Status')), now() - fromMs);
    return response;
  }

  /** With its body read: whoever asks wants it. */
  async function send(url: string, init: RequestInit): Promise<Response> {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: timeout(ANSWER_MS) });
    await response.arrayBuffer();
    return response;
  }

  async function authorized({ tenant, user }: Person): Promise<{ readonly Authorization: string }> {
    const name = `${tenant}/${user}`;
    let held = tokens.get(name);
    if (!held || held.untilMs - now() < RENEW_MS) {
      const { issuer, audience } = stack;
      const roles = [roleAtStart(tenant, user)].filter((role) => role !== undefined);
      const signing = { nowMs: now(), expiresInMs: TOKEN_MS, issuer, audience };
      held = { token: signDevToken({ tenant, user, roles }, signing), untilMs: now() + TOKEN_MS };
      tokens.set(name, held);
    }
    return { Authorization: `Bearer ${await held.token}` };
  }
}
