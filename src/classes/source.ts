import type { Context } from '../engine/context.ts';
import { countAgain } from '../engine/count-fetch.ts';
import type { FetchLabel } from '../engine/notes.ts';
import { callOrigin, type FetchFailure } from '../engine/origin-call.ts';
import { loadValue, type Send } from './load.ts';
import { type OriginAnswer, originAnswerOf, requestOrigin } from './origin.ts';
import type { ClassSubject } from './subject.ts';

/** What the origin, or the class's loader, gives to a subject's owner. `around`: what is to be done about each request that it sends. */
export function readSource(
  context: Pick<Context, 'isolate' | 'notes' | 'trace' | 'signal'>,
  { cls, params, owner, load }: ClassSubject,
  label: FetchLabel,
  around: (send: Send) => Send = (send) => send,
): Promise<OriginAnswer | FetchFailure> {
  const { notes } = context;
  const { origin, bounds } = context.isolate;
  return callOrigin(context, label, bounds.originMs, async (signal, trace) => {
    let asked = 0;
    const send = around((path, init) => {
      asked += 1;
      if (asked > 1) countAgain(context, label.className);
      return requestOrigin(origin, label, owner, path, { ...init, signal }, trace);
    });
    if (load)
      return loadValue({ notes }, { cls, load, params, owner }, { send, mostBytes: bounds.loaderBytes });
    return originAnswerOf(await send(cls.originPath(params, owner ?? { tenant: '', user: '' })), cls);
  });
}
