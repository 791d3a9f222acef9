import { runProcess } from '../args/process.ts';
import { assessCommand, assessOptions } from './options.ts';
import { runAssess } from './run.ts';

/** `npm run assess`. */
await runProcess(assessCommand, (values) =>
  runAssess(assessOptions(values), {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    now: Date.now,
  }),
);
