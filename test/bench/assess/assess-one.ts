import { assess } from '../../../cli/assess/assess.ts';
import { openLogs } from '../../../cli/assess/read/open-log.ts';
import { learnTemplates } from '../../../cli/assess/routes/templates.ts';
import type { Measured, Task } from './measured.ts';

/** Assesses one log, and says what that took. `argv`: a `Task`, JSON. */
async function main({ file, mostKeys }: Task): Promise<void> {
  const fromMs = performance.now();
  const sources = await openLogs([file]);
  const { requests, late, curve, routes } = await assess(sources, {
    templates: learnTemplates(),
    ...(mostKeys !== undefined && { mostKeys }),
  });
  const { user, system } = process.cpuUsage();
  const measured: Measured = {
    ...{ requests, late, curve, bytes: sources.reduce((all, { bytesRead }) => all + bytesRead, 0) },
    cpuMs: (user + system) / 1000,
    wallMs: performance.now() - fromMs,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    keys: routes.reduce((all, { keys }) => all + keys, 0),
    routes: routes.slice(0, 20).map((it) => ({ route: it.route, curve: it.curve })),
  };
  process.stdout.write(JSON.stringify(measured));
}

await main(JSON.parse(process.argv[2]!));
