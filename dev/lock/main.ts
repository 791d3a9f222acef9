import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../../cli/api.ts';
import { defineCommand } from '../../cli/args/definition.ts';
import { runProcess } from '../../cli/args/process.ts';
import { edgeOf } from '../../cli/edge.ts';
import { root } from '../bundle.ts';
import { describeWorker } from '../describe.ts';
import { Refusal } from '../refusal.ts';
import { changesSince } from './changes.ts';
import { LOCK_FILE, lockText, readLock } from './file.ts';
import { LOAD_WINDOW, type Load, loadOf } from './load.ts';
import { atDeploy, type Loads, report } from './words.ts';

const command = defineCommand({
  name: 'lock',
  typed: 'npm run lock --',
  description: `Writes into ${LOCK_FILE} what each class stores, so that a change of it is seen before it is deployed`,
  args: {
    check: {
      type: 'boolean',
      description: 'changes nothing; exit code 1 when it is not as it would be written',
    },
    url: {
      type: 'string',
      valueHint: 'URL',
      description:
        'of the edge that is deployed, to say what load its origin can expect; the token is in STILLFRESH_TOKEN',
    },
    json: { type: 'boolean', description: 'one JSON object on stdout, errors as one on stderr' },
  },
  examples: ['npm run lock', 'npm run lock -- --check --url https://edge.example.com'],
  stray: 'it takes flags only',
  notes: `A class that stores something else (another key, version, scope, other tags, another value) starts in the shadow again when it is
deployed, unless it says onChange: { keep: 'why' }. docs/rollout.md says more. Exit codes:
  0  written; with --check: nothing to write
  1  with --check: something has changed. Else: the routes do not say what they cache
  2  the command is refused
  3  no connection to the edge, or it cannot answer`,
});

interface Flags {
  readonly check: boolean;
  readonly url: string | undefined;
  readonly json: boolean;
}

async function main({ check, url, json }: Flags): Promise<void> {
  const file = join(root, LOCK_FILE);
  const present = await readFile(file, 'utf8').catch(() => null);
  const before = readLock(present);
  // Only the Worker's own code tells what its classes are.
  const { classes } = await describeWorker();
  if (!classes)
    throw new Refusal('the default export of routes/index.ts is not worker(app): its classes are not known');
  const changes = changesSince(before, classes);
  const loads =
    url === undefined
      ? undefined
      : await loadsAt(
          url,
          classes.map(({ name }) => name),
        );
  const text = lockText(classes);
  const isCurrent = present === text;
  if (!check && !isCurrent) await writeFile(file, text);
  const shown = changes.map((change) => {
    const { name, is, what } = change;
    return { name, is, what, at_deploy: atDeploy(change), load: loadJson(loads?.get(name) ?? null) };
  });
  if (json) process.stdout.write(`${JSON.stringify({ up_to_date: isCurrent, classes: shown })}\n`);
  else {
    process.stdout.write(present === null ? `${LOCK_FILE}: there is none yet\n` : report(changes, loads));
    if (!check && !isCurrent) console.log(`wrote ${LOCK_FILE}`);
  }
  if (!check || isCurrent) return;
  if (!json)
    console.error(`${LOCK_FILE} is not what 'npm run lock' writes; run it, and commit it with the change`);
  process.exitCode = 1;
}

const loadJson = (load: Load | null) =>
  load && { requests_per_minute: load.requestsPerMinute, hits_per_minute: load.hitsPerMinute };

async function loadsAt(url: string, names: readonly string[]): Promise<Loads> {
  const api = connect(edgeOf(url, process.env), {
    ...{ fetch, now: Date.now, interrupted: new AbortController().signal },
    timeout: (ms) => AbortSignal.timeout(ms),
  });
  const figures = await api.figures(LOAD_WINDOW);
  return new Map(names.map((name) => [name, loadOf(figures, name)]));
}

await runProcess(command, main);
