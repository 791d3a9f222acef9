import { bounds } from './bounds.ts';
import { type DelayExpression, parseDelayExpression } from './delay-expression.ts';
import { durationMs } from './duration.ts';
import { type FlowLimit, readFlowLimit } from './flow-limit.ts';
import { Refused } from './refused.ts';

/** Names in lower case. */
export type HeaderMap = Readonly<Record<string, string>>;

/** How a message is to be delivered, as its headers say it. */
export interface Settings {
  readonly method: string;
  /** What the destination is sent of the publisher's headers. */
  readonly header: HeaderMap;
  readonly delayMs: number;
  readonly maxRetries: number;
  /** Default: QStash's own backoff. */
  readonly retryDelay?: { readonly source: string; readonly ms: DelayExpression };
  readonly timeoutMs: number;
  readonly labels: readonly string[];
  readonly flow?: FlowLimit;
}

export interface SettingsSource {
  readonly headers: HeaderMap;
  /** `upstash-`, or `upstash-callback-` for what is said of a callback. */
  readonly prefix: string;
  /** The plan's. */
  readonly mostRetries: number;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** These speak of the connection to QStash, not of the message. */
const OF_THE_CONNECTION = new Set(
  'connection content-length expect host keep-alive te trailer transfer-encoding upgrade'.split(' '),
);

/** Refuses with 400 what QStash would refuse. `inherited` is for a callback, whose retries are the message's. */
export function readSettings(
  { headers, prefix, mostRetries }: SettingsSource,
  inherited?: Pick<Settings, 'maxRetries' | 'retryDelay'>,
): Settings {
  const header = (name: string): string | undefined => headers[prefix + name];
  const retryDelay = readRetryDelay(header('retry-delay')) ?? inherited?.retryDelay;
  const flow = readFlowLimit(header('flow-control-key'), header('flow-control-value'));
  return {
    method: readMethod(header('method') ?? 'POST'),
    header: forwarded(headers, `${prefix}forward-`),
    delayMs: readDuration('delay', header('delay') ?? '0s', bounds.delayMs),
    maxRetries:
      readRetries(header('retries'), mostRetries) ?? inherited?.maxRetries ?? Math.min(3, mostRetries),
    ...(retryDelay && { retryDelay }),
    timeoutMs: Math.min(
      readDuration('timeout', header('timeout') ?? `${bounds.deliveryMs / 1000}s`),
      bounds.deliveryLimitMs,
    ),
    labels: readLabels(header('label')),
    ...(flow && { flow }),
  };
}

function readMethod(method: string): string {
  if (!METHODS.includes(method)) throw new Refused(400, `invalid method: ${method}`);
  return method;
}

function readRetries(text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new Refused(400, `invalid retries: ${text}`);
  if (Number(text) > most) throw new Refused(400, `invalid retries: ${text}, the plan's limit is ${most}`);
  return Number(text);
}

function readRetryDelay(source: string | undefined): Settings['retryDelay'] {
  if (source === undefined) return undefined;
  try {
    return { source, ms: parseDelayExpression(source) };
  } catch (error) {
    throw new Refused(400, `invalid retry delay: ${source}: ${(error as Error).message}`);
  }
}

function readLabels(text = ''): string[] {
  const labels = text.split(',').map((label) => label.trim());
  return labels.filter((label) => label !== '');
}

function readDuration(name: string, text: string, most = Number.POSITIVE_INFINITY): number {
  const ms = durationMs(text);
  if (ms === undefined) throw new Refused(400, `invalid ${name}: ${text}, want such as 90s or 1d10h30m`);
  if (ms > most) throw new Refused(400, `invalid ${name}: ${text} is too long`);
  return ms;
}

function forwarded(headers: HeaderMap, prefix: string): HeaderMap {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const own = name.startsWith(prefix) ? name.slice(prefix.length) : '';
      return own === '' || OF_THE_CONNECTION.has(own) ? [] : [[own, value]];
    }),
  );
}
