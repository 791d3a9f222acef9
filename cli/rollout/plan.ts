import { durationMs } from '../../src/strategy/duration.ts';
import type { Environment } from '../environment.ts';
import { printable, table } from '../text.ts';
import type { ClassRollout } from './shapes.ts';
import { byWords, standWords, timeText } from './words.ts';

/** The plan of a class with its present step, and when it could be over. */
export function showPlan(it: ClassRollout, json: boolean, { stdout, now }: Environment): void {
  const { plan, step, held } = it;
  const overMs = overAt(it, now());
  const steps = plan.map((one, at) => ({ ...one, is: placeOf(at, it) }));
  const over_at = overMs === null ? null : new Date(overMs).toISOString();
  if (json) {
    stdout.write(
      `${JSON.stringify({ class: it.class, mode: it.mode, percent: it.percent, step, held, plan: steps, over_at })}\n`,
    );
    return;
  }
  const rows = steps.map(({ percent, dwell, at_least, is }, at) => [
    String(at + 1),
    percent === 0 ? 'shadow' : `${percent} %`,
    printable(dwell),
    String(at_least),
    is === 'now' ? `now${farWords(it)}` : is,
  ]);
  const lines = [`${it.class}: ${standWords(it)}, ${byWords(it)}`, endWords(it, over_at)];
  if (rows.length > 0) stdout.write(table([['STEP', 'PERCENT', 'DWELL', 'AT LEAST', 'IS'], ...rows]));
  stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
}

function placeOf(at: number, { mode, percent, step }: ClassRollout): 'done' | 'now' | 'next' | '-' {
  if (step !== null) return at < step ? 'done' : at === step ? 'now' : 'next';
  return mode === 'on' && percent === 100 ? 'done' : '-';
}

function farWords({ report }: ClassRollout): string {
  const progress = report?.progress ?? null;
  if (progress === null) return '';
  const { compared, at_least, dwell_left_ms } = progress;
  const minutes = Math.ceil(dwell_left_ms / 60_000);
  return `; ${compared} of ${at_least} answers compared, ${minutes === 0 ? 'its time is over' : `${minutes} min left`}`;
}

function endWords({ step, held, mode, percent }: ClassRollout, overAt: string | null): string {
  if (held !== null) return `held, so that it does not go on by itself: ${held}`;
  if (overAt !== null) return `over at ${timeText(overAt)} at the earliest`;
  if (step === null && mode === 'on' && percent === 100) return 'it has gone through its plan, or needs none';
  return 'it is in no step of the plan, and stays as it is';
}

/** Null: it does not go on by itself. */
function overAt({ plan, step, held, since, report }: ClassRollout, nowMs: number): number | null {
  if (step === null || held !== null) return null;
  const ofStep = (at: number) => durationMs(plan[at]!.dwell);
  const sinceMs = since === null ? nowMs : Date.parse(since);
  const leftMs = report?.progress?.dwell_left_ms ?? Math.max(0, sinceMs + ofStep(step) - nowMs);
  const later = plan.slice(step + 1).reduce((sum, _, i) => sum + ofStep(step + 1 + i), 0);
  return nowMs + leftMs + later;
}
