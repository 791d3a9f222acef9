import type { FetchFailed } from '../classes/origin.ts';
import type { Context } from '../engine/context.ts';
import { passOn, readFirst } from '../engine/stream.ts';
import type { Forward } from '../telemetry/outcome.ts';
import type { OriginResponse } from './origin.ts';
import type { Served } from './served.ts';

/** The origin's answer to one client, as it is; what it is not becomes a problem. */
export async function passed(
  context: Context,
  answer: OriginResponse | FetchFailed,
  outcome: Forward,
): Promise<Served> {
  if (answer.is === 'failed') return failed(context, answer, outcome);
  const { status, statusText, headers } = answer;
  const first = await readFirst(context, answer);
  if (first.is === 'broken')
    return failed(context, { is: 'failed', code: 'origin-failed', why: 'truncated', status }, outcome);
  const body =
    first.is === 'whole'
      ? first.bytes
      : passOn(context, first, {
          ...{ length: answer.length, live: answer.live, keepBytes: 0, whole: async () => {} },
          notWhole: (why) => void context.notes.events.add(why),
        });
  return {
    ...{ is: 'passing', status, statusText, headers },
    body: answer.body === null ? null : body,
    outcome: {
      ...outcome,
      fwdStatus: status,
      ...(status === 206 && { detail: outcome.detail ?? 'partial' }),
    },
  };
}

export const overloaded = (outcome: Forward): Served => ({
  is: 'problem',
  code: 'overloaded',
  why: 'bulkhead full',
  outcome: { ...outcome, detail: 'overloaded' },
});

/** Of a body that nobody will read. */
export function letGo(body: ReadableStream | null): void {
  body?.cancel().catch(() => {});
}

function failed({ notes }: Context, { code, why, status }: FetchFailed, outcome: Forward): Served {
  notes.events.add(`${code}: ${why}`);
  const { detail = code } = outcome;
  return {
    ...{ is: 'problem', code, why },
    outcome: { ...outcome, detail, ...(status !== undefined && { fwdStatus: status }) },
  };
}
