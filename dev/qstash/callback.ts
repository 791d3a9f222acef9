import { type Callback, type Message, newMessageId } from './message.ts';
import type { Outcome } from './outcome.ts';

/** What a callback tells of. */
export interface Occasion {
  readonly source: Message;
  readonly retried: number;
  readonly outcome: Outcome;
  readonly now: number;
  /** Of a failure callback. */
  readonly dlqId?: string;
}

/** A callback is a message of its own: signed, retried, and dead in the end if nobody takes it. */
export function callbackMessage({ url, settings }: Callback, occasion: Occasion): Message {
  const { source, now } = occasion;
  return {
    ...settings,
    id: newMessageId(),
    url,
    header: { ...settings.header, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(report(occasion))),
    createdAt: now,
    notBefore: now + settings.delayMs,
    callerIp: source.callerIp,
  };
}

/** There is neither `topicName`, `endpointName` nor `scheduleId`: the stand-in has no URL groups and no schedules. */
function report({ source, retried, outcome, dlqId }: Occasion) {
  const answered = outcome.status !== 'no answer';
  return {
    status: answered ? outcome.status : 0,
    header: answered ? outcome.headers : {},
    body: answered ? outcome.body.toString('base64') : '',
    retried,
    maxRetries: source.maxRetries,
    ...(dlqId !== undefined && { dlqId }),
    sourceMessageId: source.id,
    url: source.url,
    method: source.method,
    sourceHeader: Object.fromEntries(Object.entries(source.header).map(([name, value]) => [name, [value]])),
    sourceBody: source.body.toString('base64'),
    notBefore: source.notBefore,
    createdAt: source.createdAt,
    callerIP: source.callerIp,
  };
}
