import { createHmac } from 'node:crypto';
import type { Place, Scheme } from '../src/invalidation/signature/scheme.ts';
import { UsageError } from './failure.ts';

export interface Signing {
  readonly scheme: Scheme;
  readonly secret: string;
  readonly body: Uint8Array;
  readonly id: string;
  /** The event's type, where a header says it. */
  readonly type: string | undefined;
  readonly nowMs: number;
}

export interface SignedWebhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A webhook as its sender would send it now, by the same row that the edge verifies it by. */
export function sign({ scheme, secret, body: given, id, type, nowMs }: Signing): SignedWebhook {
  const { timestamp, header, label, parting, encoding } = scheme;
  const time = String(timestamp?.unit === 's' ? Math.floor(nowMs / 1_000) : nowMs);
  const body = timestamp && 'field' in timestamp ? withTime(given, timestamp.field, Number(time)) : given;
  const values: Readonly<Record<string, string>> = { '{id}': id, '{timestamp}': time, '{body}': '' };
  const before = scheme.signed.replace(/\{\w+\}/g, (name) => values[name]!);
  const mac = createHmac('sha256', keyOf(scheme, secret)).update(before).update(body).digest(encoding);
  const beside = timestamp && 'label' in timestamp ? `${timestamp.label}${time}${parting}` : '';
  return {
    body,
    headers: {
      [header]: `${beside}${label}${mac}`,
      ...(timestamp && 'header' in timestamp && { [timestamp.header]: time }),
      ...headerAt(scheme.id, id),
      ...headerAt(headerOf(scheme.type), type),
    },
  };
}

/** The header that says the type; undefined where the payload does. */
export const headerOf = (places: readonly Place[]) =>
  places.find((it): it is Place & { readonly header: string } => 'header' in it);

const headerAt = (place: Place | null | undefined, value: string | undefined) =>
  place && 'header' in place && value !== undefined ? { [place.header]: value } : {};

const keyOf = ({ secret: kind }: Scheme, secret: string): Buffer =>
  kind === 'text' ? Buffer.from(secret) : Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

/** A recorded payload is older than its sender's window: it is given the time of now. */
function withTime(body: Uint8Array, field: string, time: number): Uint8Array {
  let payload: unknown;
  try {
    payload = JSON.parse(Buffer.from(body).toString());
  } catch {
    throw new UsageError(`--payload: it is not JSON, and this sender's time stands in its field ${field}`);
  }
  const path = field.split('.');
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((it, name) => (it as Record<string, unknown>)?.[name], payload);
  if (typeof parent !== 'object' || parent === null)
    throw new UsageError(`--payload: there is no place for ${field}, where this sender's time stands`);
  Object.assign(parent, { [path.at(-1)!]: time });
  return Buffer.from(JSON.stringify(payload));
}
