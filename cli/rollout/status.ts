import type { Api } from '../api.ts';
import type { Environment } from '../environment.ts';
import { printable, table } from '../text.ts';
import { armLines, testLines } from './evidence.ts';
import type { ClassRollout, ClassStand } from './shapes.ts';
import { byWords, killWords, standWords, stepWords, timeText } from './words.ts';

/** Of all classes. The guard is asked of those that are being switched on: of the others it says nothing. */
export async function showAll(api: Api, json: boolean, { stdout, stderr }: Environment): Promise<void> {
  const rollout = await api.rollout();
  if (json) {
    stdout.write(`${JSON.stringify(rollout)}\n`);
    return;
  }
  const rows: string[][] = [];
  for (const [name, stands] of Object.entries(rollout.classes)) {
    const isAsked = stands.step !== null && stands.held === null;
    const report = isAsked ? (await api.rolloutOf(name)).report : null;
    rows.push(rowOf(name, stands, report?.why ?? ''));
  }
  tellKilled(rollout, stderr);
  stdout.write(table([['CLASS', 'MODE', 'PERCENT', 'STEP', 'SINCE', 'GUARD'], ...rows]));
}

const rowOf = (name: string, stands: ClassStand, waits: string): string[] => [
  printable(name),
  stands.mode,
  String(stands.percent),
  stepWords(stands) ?? '-',
  timeText(stands.since),
  printable(stands.held === null ? waits : `held: ${stands.held}`),
];

/** Of one class, with what was counted and what the guard finds in it. */
export async function showClass(
  api: Api,
  name: string,
  json: boolean,
  environment: Environment,
): Promise<void> {
  const it = await api.rolloutOf(name);
  const { stdout, stderr } = environment;
  if (json) {
    stdout.write(`${JSON.stringify(it)}\n`);
    return;
  }
  tellKilled(it, stderr);
  const lines = [...standLines(it), ...guardLines(it)];
  stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
  if (it.report === null) return;
  stdout.write(`\n${testLines(it.report.tests)}`);
  stdout.write(`\n${armLines(it.report.arms)}`);
}

function standLines(it: ClassRollout): string[] {
  const step = stepWords(it);
  return [
    `${it.class}: ${standWords(it)}${step === null ? '' : `, step ${step} of its plan`}`,
    `  ${byWords(it)}`,
    ...(it.allow.length > 0 ? [`  always while it is on: ${it.allow.join(', ')}`] : []),
    ...(it.deny.length > 0 ? [`  never: ${it.deny.join(', ')}`] : []),
    ...it.others.map(
      ({ fingerprint, mode, percent }) =>
        `  another version of it (${fingerprint}) is ${mode === null ? 'as its strategy says' : standWords({ mode, percent: percent ?? 0, unit: it.unit })}`,
    ),
  ];
}

function guardLines({ held, report }: ClassRollout): string[] {
  if (held !== null) return [`  held: ${held}`];
  if (report === null) return ['  nothing is tried, so that nothing is counted'];
  return [
    `  guard: ${report.why}${report.rolled_up_at === null ? '; the cron has added up nothing yet' : ''}`,
  ];
}

function tellKilled(rollout: Parameters<typeof killWords>[0], stderr: Environment['stderr']): void {
  const killed = killWords(rollout);
  if (killed !== null) stderr.write(`${killed}\n`);
}
