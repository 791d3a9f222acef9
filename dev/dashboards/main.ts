import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineCommand } from '../../cli/args/definition.ts';
import { runProcess } from '../../cli/args/process.ts';
import { root } from '../bundle.ts';
import { describeWorker } from '../describe.ts';
import { Refusal } from '../refusal.ts';
import { grafanaDashboard } from './grafana.ts';
import { rulesFile } from './rules.ts';

const command = defineCommand({
  name: 'dashboards',
  typed: 'npm run dashboards --',
  description: 'Makes what Grafana and Prometheus are given, from the same definitions as the Worker',
  args: {
    check: {
      type: 'boolean',
      description: 'changes nothing; exit code 1 when it is not as it would be made',
    },
  },
  stray: 'it takes flags only',
});

async function main(check: boolean): Promise<void> {
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
  if (stale > 0) process.exitCode = 1;
  else if (check) console.log(`Checked ${Object.keys(files).length} files: as they are made.`);
}

await runProcess(command, ({ check }) => main(check));
