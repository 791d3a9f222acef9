import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineCommand, type Values } from '../../cli/args/definition.ts';
import { runProcess } from '../../cli/args/process.ts';
import { root } from '../bundle.ts';
import { describeWorker } from '../describe.ts';
import { Refusal } from '../refusal.ts';
import { givenSettings } from '../settings.ts';
import { applicationOf } from './application.ts';
import { documentText, sectionsOf } from './document.ts';
import { htmlOf } from './html.ts';
import { findingsIn } from './lint/findings.ts';
import { toMend } from './lint/lint.ts';
import { sarifOf } from './lint/sarif.ts';
import { lintText } from './lint/text.ts';
import type { Told } from './told.ts';

const FILE = 'STRATEGY.md';

const command = defineCommand({
  name: 'strategy',
  typed: 'npm run strategy --',
  description: `Prints the strategy of routes/ as a document of ten sections, ${FILE}, and checks it`,
  args: {
    check: {
      type: 'boolean',
      description: `changes nothing; exit code 1 when ${FILE} is out of date, or a finding is not silenced`,
    },
    html: { type: 'string', valueHint: 'FILE', description: 'writes it as one HTML file too' },
    sarif: {
      type: 'string',
      valueHint: 'FILE',
      description: 'writes the findings as SARIF 2.1.0, for code scanning',
    },
    since: {
      type: 'string',
      valueHint: 'COMMIT',
      description:
        'what classes store is compared with the lock of that commit, such as origin/main; else of the last one',
    },
    json: {
      type: 'boolean',
      description: 'sections and findings as one JSON object on stdout, errors as one on stderr',
    },
  },
  examples: ['npm run strategy', 'npm run strategy -- --check', 'npm run -s strategy -- --json'],
  stray: 'it takes flags only',
  notes: `docs/strategy.md says what it prints, and docs/strategy-lint.md what it looks for. Exit codes: 0 written; with --check: up to date, and nothing to mend;
1 with --check: out of date, or something to mend. Else: the strategy cannot be printed; 2 the command is not well typed`,
});

async function main({ check, html, sarif, since, json }: Values<typeof command.args>): Promise<void> {
  const told = await toldHere(since);
  const text = documentText(told);
  const present = await readFile(join(root, FILE), 'utf8').catch(() => null);
  const isCurrent = present === text;
  const open = toMend(told.findings);
  if (!check && !isCurrent) await writeFile(join(root, FILE), text);
  if (html !== undefined) await writeFile(html, htmlOf(told.application.name, sectionsOf(told)));
  if (sarif !== undefined)
    await writeFile(sarif, `${JSON.stringify(sarifOf(told.findings, version()), null, 2)}\n`);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ up_to_date: isCurrent || !check, sections: sectionsOf(told), findings: told.findings })}\n`,
    );
  else {
    process.stdout.write(lintText(told.findings));
    if (!check) console.log(isCurrent ? `${FILE} is as it was` : `wrote ${FILE}`);
  }
  if (!check) return;
  if (!isCurrent)
    console.error(
      `${FILE} is not what 'npm run strategy' makes; run it, and commit it${differs(present, text)}`,
    );
  if (!isCurrent || open.length > 0) process.exitCode = 1;
}

/** What this folder's Worker says of its strategy, and what the rules find in it. */
async function toldHere(since: string | undefined): Promise<Told> {
  const { settings } = givenSettings(process.env, root);
  // Only the Worker's own code tells what its strategy is.
  const description = await describeWorker();
  const { strategy: facts, routes, alerts } = description;
  if (!facts || !alerts)
    throw new Refusal('the default export of routes/index.ts is not worker(app): its strategy is not known');
  return {
    application: applicationOf(facts.application),
    facts,
    routes,
    alerts,
    findings: await findingsIn(root, description, facts, { settings, since }),
  };
}

const version = () =>
  (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;

/** The first line that is another one. */
function differs(before: string | null, after: string): string {
  if (before === null) return '; there is none yet';
  const [was, is] = [before.split('\n'), after.split('\n')];
  const at = is.findIndex((line, i) => line !== was[i]);
  const line = at < 0 ? is.length : at;
  return `\n  line ${line + 1}: ${JSON.stringify((was[line] ?? '').slice(0, 160))}\n  is now: ${JSON.stringify((is[line] ?? '').slice(0, 160))}`;
}

await runProcess(command, main);
