import { runProcess } from '../../cli/args/process.ts';
import { say, withBench } from './bench.ts';
import { runComparison } from './compare.ts';
import { benchCommand, benchOptions, type Options } from './options.ts';
import { runTable } from './table.ts';

async function main(options: Options): Promise<void> {
  const { against } = options;
  say('starting Redis and the gateway');
  const result = await withBench((bench) =>
    against ? runComparison(bench, options, against) : runTable(bench, options),
  );
  console.log(result);
  process.exit(0);
}

await runProcess(benchCommand, (values) => main(benchOptions(values)));
