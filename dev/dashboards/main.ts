import { defineCommand } from '../../cli/args/definition.ts';
import { runProcess } from '../../cli/args/process.ts';
import { describeWorker } from '../describe.ts';
import { keepGenerated } from '../generated.ts';
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
  await keepGenerated('npm run dashboards', files, check);
}

await runProcess(command, ({ check }) => main(check));
