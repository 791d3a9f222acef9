import { fileURLToPath } from 'node:url';
import { defineCommand, type Values } from '../../../cli/args/definition.ts';
import { runProcess } from '../../../cli/args/process.ts';
import { wholeNumberOf } from '../../../cli/args/values.ts';
import { DEFAULT_TTLS_MS } from '../../../cli/assess/assess.ts';
import type { CurvePoint } from '../../../cli/assess/assessment.ts';
import { mostKeysFor } from '../../../cli/assess/replay/replay.ts';
import { BYTES_A_LINE } from './log.ts';
import { type Measured, measure } from './measured.ts';

const command = defineCommand({
  name: 'bench:assess',
  typed: 'npm run bench:assess --',
  description:
    'Measures what an assessment of a large access log takes, and how far its sample errs: about a minute and a half',
  args: {
    megabytes: {
      type: 'string',
      valueHint: 'N',
      default: '2000',
      description: 'length of the log; half as many keys as lines, of 200 bytes each',
    },
    seed: { type: 'string', valueHint: 'N', default: '1', description: 'of the log' },
    json: { type: 'boolean', description: 'one JSON object on stdout' },
  },
  examples: ['npm run bench:assess', 'npm run bench:assess -- --megabytes 200'],
  stray: 'it takes flags only',
  notes: `The log is made by another process while it is read, and never lies on a disk. What counts is CPU time of the process that assesses, all
its threads: what else the machine does makes it longer, by the processor's shared cache, but not much. The sample is compared with an exact replay of a
tenth of the log, with room for a tenth of the keys. Exit codes: 0 measured; 1 it could not be; 2 the command is not well typed; 130 Ctrl-C.`,
});

interface Report {
  readonly large: Measured;
  readonly cut: {
    readonly exact: Measured;
    readonly sampled: Measured;
    readonly error: number;
    readonly said: number;
  };
  readonly small: Measured;
}

async function main(values: Values<typeof command.args>): Promise<void> {
  const megabytes = wholeNumberOf('--megabytes', values.megabytes, { least: 10, most: 20_000 });
  const seed = wholeNumberOf('--seed', values.seed, { least: 0, most: 1_000_000 });
  const lines = Math.round((megabytes * 1e6) / BYTES_A_LINE);
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const shape = (share: number) => ({
    lines: Math.round(lines * share),
    keys: Math.round((lines * share) / 2),
    seed,
  });
  say(`${lines} lines, ${lines / 2} keys`);
  const large = await measure({ file: '-' }, shape(1));
  say('a tenth of it, exactly and by a sample');
  const exact = await measure({ file: '-', mostKeys: shape(0.1).keys }, shape(0.1));
  const sampled = await measure(
    { file: '-', mostKeys: Math.round(mostKeysFor(DEFAULT_TTLS_MS.length) / 10) },
    shape(0.1),
  );
  const small = await measure({
    file: fileURLToPath(new URL('../../vectors/logs/apache_logs.gz', import.meta.url)),
  });
  const report = { large, cut: { exact, sampled, ...errorOf(exact, sampled) }, small };
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : textOf(report));
}

/** The largest error of a hit rate, of any TTL, in all and of each route; and the largest that was said. */
function errorOf(exact: Measured, sampled: Measured): { error: number; said: number } {
  const truth = new Map(exact.routes.map((it) => [it.route, it.curve]));
  const pairs: (readonly [CurvePoint, CurvePoint])[] = [
    { curve: sampled.curve, true: exact.curve },
    ...sampled.routes.map((it) => ({ curve: it.curve, true: truth.get(it.route) ?? [] })),
  ].flatMap((it) => it.true.map((point, at) => [point, it.curve[at]!] as const));
  return {
    error: Math.max(...pairs.map(([one, other]) => Math.abs(one.hit_rate - other.hit_rate))),
    said: Math.max(...pairs.map(([, { error }]) => error)),
  };
}

function textOf({ large, cut, small }: Report): string {
  const speed = (large.bytes / 1e6 / (large.cpuMs / 1000)).toFixed(0);
  return `${(large.bytes / 1e9).toFixed(2)} GB, ${large.requests} lines, about ${large.keys} keys, ${large.late} lines too late
  ${speed} MB/s a core (${(large.cpuMs / 1000).toFixed(1)} s of CPU, ${(large.wallMs / 1000).toFixed(1)} s), at most ${(large.peakRssBytes / 1e6).toFixed(0)} MB
a tenth of it, ${cut.exact.keys} keys, room for a tenth
  the hit rate of the sample errs by at most ${cut.error.toFixed(4)}, in all and of every route, for every TTL; it says at most ${cut.said.toFixed(4)}
${small.requests} lines
  ${small.cpuMs.toFixed(0)} ms of CPU, ${small.wallMs.toFixed(0)} ms
`;
}

await runProcess(command, main);
