import { say, withBench } from './bench.ts';
import { runComparison } from './compare.ts';
import { help, optionsOf } from './options.ts';
import { runTable } from './table.ts';

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  if (!options) return console.log(help);
  const { against } = options;
  say('starting Redis and the gateway');
  const result = await withBench((bench) =>
    against ? runComparison(bench, options, against) : runTable(bench, options),
  );
  console.log(result);
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
