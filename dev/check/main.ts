import { root } from '../bundle.ts';
import { circlesOf } from './circles.ts';
import { namesDefinedTwice } from './names.ts';
import { sourcesOf } from './sources.ts';

/** What the linter does not see, because it looks at one file at a time. Ends with 1 where there is anything to mend. */
function main(folder = root): number {
  const sources = sourcesOf(folder);
  const names = namesDefinedTwice(sources);
  const circles = circlesOf(sources);
  for (const line of [...names, ...circles]) console.log(line);
  const sums = [`${names.length} names defined twice`, `${circles.length} circles of imports`];
  console.log(`Checked ${sources.length} files: ${sums.join(', ')}.`);
  return names.length + circles.length > 0 ? 1 : 0;
}

process.exitCode = main(process.argv[2]);
