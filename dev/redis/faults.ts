import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { fieldErrors } from '../../src/strategy/field-errors.ts';
import { namingKnownFields } from '../known-fields.ts';
import { type Answer, errorAnswer, nameOf, type Parsed } from './upstash-wire.ts';

/** What `POST /faults` takes; `{}` clears. One fault is in force at a time: the last one posted. */
export const redisFaultsSchema = z.strictObject({
  /** Milliseconds before Redis sees the commands. Default 0. */
  latency_ms: z.int().min(0).max(600_000).optional(),
  /** Answer with this status instead; Redis sees nothing. Default: answer as usual. */
  status: z.int().min(300).max(599).optional(),
  /** Answer with this error of Redis' own instead, such as `OOM command not allowed` or `WRONGPASS`. Default none. */
  error: z.string().min(1).max(256).optional(),
  /** Cut the connection without an answer. Default false. */
  drop: z.boolean().optional(),
  /** Give no answer at all, so that the client's deadline ends it. Default false. */
  hang: z.boolean().optional(),
  /** Only for requests that have this command, such as `MGET`. Default: every request. */
  command: z
    .string()
    .regex(/^[A-Za-z]+$/, 'is not the name of a command, such as MGET')
    .toUpperCase()
    .optional(),
});
type RedisFault = z.infer<typeof redisFaultsSchema>;

/** What becomes of a request: nothing, an answer, a cut connection, silence. */
export type FaultResult = undefined | Answer | 'drop' | 'hang';

/** The faults of the gateway: open to everyone on this machine, and not counted. */
export function createRedisFaults(sleep: (ms: number) => Promise<unknown> = unrefSleep) {
  let fault: RedisFault = {};
  return {
    /** `GET /faults` says what is in force, `POST` sets it. */
    control(method: string, body: Buffer | null): Answer {
      if (method !== 'GET' && method !== 'POST') return errorAnswer(405, 'GET or POST /faults');
      if (method === 'POST') {
        const parsed = faultOf(body?.toString() ?? '');
        if (typeof parsed === 'string') return errorAnswer(422, parsed);
        fault = parsed;
      }
      return { status: 200, body: JSON.stringify(fault) };
    },
    async meet({ commands }: Parsed): Promise<FaultResult> {
      const { latency_ms: latencyMs = 0, status, error, drop, hang, command } = fault;
      if (command !== undefined && !commands.some((it) => nameOf(it) === command)) return undefined;
      if (latencyMs > 0) await sleep(latencyMs);
      if (hang) return 'hang';
      if (drop) return 'drop';
      if (status !== undefined) return errorAnswer(status, 'a fault was asked for');
      return error === undefined ? undefined : errorAnswer(400, error);
    },
  };
}

/** Must not keep the process once all else has ended. */
const unrefSleep = (ms: number) => setTimeout(ms, undefined, { ref: false });

/** Or what is wrong with it, the first field at fault named. */
function faultOf(text: string): RedisFault | string {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return 'the body is not JSON';
  }
  const { data, error } = redisFaultsSchema.safeParse(input, namingKnownFields(redisFaultsSchema));
  if (!error) return data;
  const { field, detail } = fieldErrors(error, 'body')[0]!;
  return `${field}: ${detail}`;
}
