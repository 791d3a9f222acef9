import { jsonOrText, pairsOf } from './args/values.ts';
import type { Environment } from './environment.ts';
import { UsageError } from './failure.ts';
import { printable } from './text.ts';

/** The bytes that `--payload` names: JSON as it stands, a file with or without `@`, or `-` for standard input. */
export async function payloadBytes(text: string, { read }: Environment): Promise<Uint8Array> {
  if (/^\s*[[{"]/.test(text)) return Buffer.from(text);
  const path = text.replace(/^@/, '');
  const bytes = await read(path).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such file' : (error.code ?? error.message);
    throw new UsageError(`--payload ${printable(text)}: ${why}; give a file, JSON, or - for standard input`);
  });
  if (bytes.length === 0) throw new UsageError(`--payload ${printable(text)} is empty; give JSON`);
  return bytes;
}

export interface EventPayload {
  readonly payload: Readonly<Record<string, unknown>>;
  /** What of it `--set` gave. */
  readonly sets: Readonly<Record<string, unknown>>;
}

/** The fields of an event: of `--payload`, and of `--set`, which wins. */
export async function payloadOf(
  { payload, set }: { readonly payload: string | undefined; readonly set: readonly string[] | undefined },
  environment: Environment,
): Promise<EventPayload> {
  const pairs = pairsOf('--set', set).map(([name, text]) => [name, jsonOrText(text)]);
  const sets = Object.fromEntries(pairs) as EventPayload['sets'];
  if (payload === undefined) return { payload: sets, sets };
  const given = jsonOf(await payloadBytes(payload, environment));
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new UsageError(
      `--payload ${printable(payload)}: give a JSON object, such as '{"invoice_id":"inv_1"}'`,
    );
  return { payload: { ...given, ...sets }, sets };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
