import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../bundle.ts';
import { describeWorker } from '../describe.ts';
import { Refusal } from '../refusal.ts';
import { grafanaDashboard } from './grafana.ts';
import { rulesFile } from './rules.ts';

/** `npm run dashboards`: what Grafana and Prometheus are given, from the same definitions as the Worker. `--check`: whether it is as it would be made. */
async function main(): Promise<number> {
  const { check = false } = parseArgs({ options: { check: { type: 'boolean' } } }).values;
  // Only the Worker's own code tells what its strategy watches.
  const { alerts } = await describeWorker();
  if (!alerts)
    throw new Refusal('the default export of routes/index.ts is not worker(app): its alerts are not known');
  const files = {
    'docs/prometheus-rules.yml': rulesFile(alerts),
    'docs/grafana-dashboard.json': `${JSON.stringify(grafanaDashboard(alerts), null, 2)}\n`,
  };
  let stale = 0;
  for (const [name, text] of Object.entries(files)) {
    const file = join(root, name);
    const present = await readFile(file, 'utf8').catch(() => null);
    if (present === text) continue;
    if (check) {
      console.error(`${name} is not what 'npm run dashboards' makes; run it`);
      stale += 1;
    } else {
      await writeFile(file, text);
      console.log(`wrote ${name}`);
    }
  }
  if (check && stale === 0) console.log(`Checked ${Object.keys(files).length} files: as they are made.`);
  return stale > 0 ? 1 : 0;
}

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof Refusal)) throw error;
  console.error(`dashboards: ${error.message}`);
  return 1;
});
