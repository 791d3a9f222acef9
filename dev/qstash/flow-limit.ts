import { durationMs } from './duration.ts';
import { Refused } from './refused.ts';

/** How many deliveries with this key may be under way, and may begin in a period. */
export interface FlowLimit {
  readonly key: string;
  readonly parallelism?: number;
  readonly rate?: number;
  readonly periodMs: number;
}

/** `Upstash-Flow-Control-Key` and `-Value`: `parallelism=2, rate=10, period=1m`. Refuses with 400. */
export function readFlowLimit(key: string | undefined, value: string | undefined): FlowLimit | undefined {
  if (key === undefined && value === undefined) return undefined;
  if (key === undefined || value === undefined) {
    throw new Refused(400, 'flow control needs Upstash-Flow-Control-Key and Upstash-Flow-Control-Value');
  }
  if (!/^[\w.-]+$/.test(key)) {
    throw new Refused(
      400,
      `invalid flow control key: ${key}, want letters, digits, hyphen, underscore, period`,
    );
  }
  const given = new Map(value.split(',').map(partOf));
  const parallelism = count(given.get('parallelism'));
  const rate = count(given.get('rate'));
  const periodMs = durationMs(given.get('period') ?? '1s');
  const known = [...given.keys()].every((name) => ['parallelism', 'rate', 'period'].includes(name));
  const sound = known && parallelism !== null && rate !== null && periodMs && (parallelism || rate);
  if (!sound) throw new Refused(400, `invalid flow control value: ${value}`);
  return { key, ...(parallelism && { parallelism }), ...(rate && { rate }), periodMs };
}

function partOf(text: string): [name: string, value: string] {
  const [name = '', value = ''] = text.split('=');
  return [name.trim().toLowerCase(), value.trim()];
}

/** Undefined when it is not said, null when it is no count. */
function count(text: string | undefined): number | undefined | null {
  if (text === undefined) return undefined;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}
