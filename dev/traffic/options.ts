import { shown } from '../../cli/args/check.ts';
import { defineCommand, type Values } from '../../cli/args/definition.ts';
import { spelledLike } from '../../cli/args/spelling.ts';
import { numberOf, wholeNumberOf } from '../../cli/args/values.ts';
import { UsageError } from '../../cli/failure.ts';
import { type FaultKind, faultKinds } from './faults.ts';

export const trafficCommand = defineCommand({
  name: 'demo:traffic',
  typed: 'npm run demo:traffic --',
  description: "Sends a running npm run dev what a SaaS product's users, webhooks and mishaps would",
  args: {
    port: { type: 'string', valueHint: 'N', description: "the Worker's (default 8787)" },
    url: {
      type: 'string',
      valueHint: 'URL',
      description: 'the same as a URL; on this machine alone',
    },
    minutes: { type: 'string', valueHint: 'N', default: '5', description: 'for how long, 0.05 to 60' },
    rate: {
      type: 'string',
      valueHint: 'N',
      default: '20',
      description: 'requests in a second, 1 to 200; three times as many in bursts of 2 s',
    },
    seed: {
      type: 'string',
      valueHint: 'N',
      description: 'the same seed, the same requests (default: another one each time, which is said)',
    },
    faults: {
      type: 'string',
      valueHint: 'LIST',
      description: `what goes wrong for a while, one after the other: ${Object.entries(faultKinds)
        .map(([kind, { is }]) => `${kind} (${is})`)
        .join(', ')}`,
    },
    json: { type: 'boolean', description: 'the summary as one JSON object on stdout, and no progress' },
  },
  examples: [
    'npm run demo:traffic',
    'npm run demo:traffic -- --minutes 10 --rate 50 --faults silent,redis,slow',
  ],
  stray:
    'it takes flags only, and npm keeps them for itself unless -- stands before them: npm run demo:traffic -- --minutes 2',
  notes: `Reads of dashboards, invoices and permissions, the popular ones far more often than the rest; as several people of two tenants, some of
whom may not; conditional requests; writes through the edge and behind its back, with their webhooks; purges by hand; bursts
after a dashboard was counted anew. It needs the demo origin. Where npm run dev runs in another folder, ADMIN_TOKEN and
ORIGIN_SECRET of its export lines open what is not open to everyone.
Ctrl-C ends it. Exit codes: 0 done, or ended by Ctrl-C; 1 no demo runs there; 2 the command is not well typed; 3 the edge does not answer any more.`,
});

export interface TrafficOptions {
  /** On this machine. */
  readonly url: URL;
  readonly durationMs: number;
  /** In a second. */
  readonly rate: number;
  readonly seed: number;
  readonly faults: readonly FaultKind[];
  readonly json: boolean;
}

/** `anySeed`: where none is given. */
export function trafficOptions(
  { port, url, minutes, rate, seed, faults, json }: Values<typeof trafficCommand.args>,
  anySeed: () => number,
): TrafficOptions {
  if (port !== undefined && url !== undefined) throw new UsageError('--port and --url: give one of them');
  return {
    url: url === undefined ? atPort(port ?? '8787') : onLoopback(url),
    durationMs: 60_000 * numberOf('--minutes', minutes, { least: 0.05, most: 60 }),
    rate: numberOf('--rate', rate, { least: 1, most: 200 }),
    seed: seed === undefined ? anySeed() : wholeNumberOf('--seed', seed, { least: 0, most: 2 ** 31 - 1 }),
    faults: [...new Set(faults?.split(',').map(kindOf))],
    json,
  };
}

const atPort = (port: string) =>
  new URL(`http://127.0.0.1:${wholeNumberOf('--port', port, { least: 1, most: 65_531 })}`);

/** Traffic by the thousand is for the stack of this machine: a deployment would bill it, and block whoever sends it. */
function onLoopback(text: string): URL {
  const url = URL.parse(text);
  const { protocol, hostname = '', pathname, search, hash, username } = url ?? {};
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  if (url && protocol === 'http:' && isHere && pathname === '/' && !search && !hash && !username) return url;
  throw new UsageError(`--url ${shown(text)}: give one on this machine, such as http://127.0.0.1:8787`);
}

function kindOf(text: string): FaultKind {
  const kinds = Object.keys(faultKinds) as FaultKind[];
  const kind = text.trim();
  const found = kinds.find((it) => it === kind);
  if (found) return found;
  throw new UsageError(
    `--faults ${shown(kind)}: give some of ${kinds.join(', ')}, separated by commas${spelledLike(kind, kinds)}`,
  );
}
