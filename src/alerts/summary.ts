import { isOfRollout } from './names.ts';
import type { Notification } from './state.ts';

/** Three digits tell enough, and long ones read badly. */
const number = (value: number) => String(Number(value.toPrecision(3)));

/** One line: `hit-rate: 0.52 is below 0.65`. */
export function summaryOf({ name, is, value, comparison, bound }: Notification): string {
  if (is === 'no-data') return `${name}: nothing can be measured`;
  if (is === 'back') return `${name}: it can be measured again`;
  if (isOfRollout(name))
    return `${name}: ${is === 'resolved' ? 'it is no longer held' : 'the guard has stopped it'}`;
  const not = is === 'resolved' ? 'is no longer' : 'is';
  return `${name}: ${value === null ? 'it' : number(value)} ${not} ${comparison} ${number(bound)}`;
}
