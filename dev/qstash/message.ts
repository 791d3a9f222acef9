import { randomBytes } from 'node:crypto';
import { bounds } from './bounds.ts';
import { Refused } from './refused.ts';
import { type HeaderMap, readSettings, type Settings } from './settings.ts';

export interface Message extends Settings {
  readonly id: string;
  /** Exactly as the publisher wrote it: the signature's subject. */
  readonly url: string;
  readonly body: Buffer;
  readonly createdAt: number;
  /** Not delivered before. */
  readonly notBefore: number;
  readonly callerIp: string;
  readonly queue?: string;
  readonly callback?: Callback;
  readonly failureCallback?: Callback;
}

export interface Callback {
  readonly url: string;
  readonly settings: Settings;
}

/** A request to publish, whether it came alone or in a batch. */
export interface Publication {
  readonly destination: string;
  readonly headers: HeaderMap;
  readonly body: Buffer;
  readonly queue?: string | undefined;
  readonly callerIp: string;
}

/** The message that a publisher asks for; refuses with 400. */
export function messageOf(
  { destination, headers, body, queue, callerIp }: Publication,
  { now, mostRetries }: { readonly now: number; readonly mostRetries: number },
): Message {
  if (queue !== undefined && !/^[\w.-]+$/.test(queue)) throw new Refused(400, `invalid queue name: ${queue}`);
  const url = readUrl('destination', destination);
  const settings = readSettings({ headers, prefix: 'upstash-', mostRetries });
  const callback = readCallback('callback');
  const failureCallback = readCallback('failure-callback');
  const type = headers['content-type'];
  return {
    ...settings,
    id: newMessageId(),
    url,
    header: { ...settings.header, ...(type !== undefined && { 'content-type': type }) },
    body,
    createdAt: now,
    notBefore: readNotBefore(headers['upstash-not-before'], now) ?? now + settings.delayMs,
    callerIp,
    ...(queue !== undefined && { queue }),
    ...(callback && { callback }),
    ...(failureCallback && { failureCallback }),
  };

  function readCallback(name: string): Callback | undefined {
    const text = headers[`upstash-${name}`];
    if (text === undefined) return undefined;
    const source = { headers, prefix: `upstash-${name}-`, mostRetries };
    return { url: readUrl(name, text), settings: readSettings(source, settings) };
  }
}

export const newMessageId = (): string => `msg_${randomBytes(20).toString('base64url')}`;

function readUrl(what: string, text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text;
  throw new Refused(400, `invalid ${what} url: ${text} is not an absolute http or https URL`);
}

/** Unix seconds; what is past is now. */
function readNotBefore(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = Number(text) * 1000;
  if (!/^\d+$/.test(text) || ms > now + bounds.delayMs) throw new Refused(400, `invalid not before: ${text}`);
  return Math.max(ms, now);
}
