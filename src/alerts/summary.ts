import { isOfRollout, notRolledUp } from './names.ts';
import type { Notification } from './state.ts';

/** Three digits tell enough, and long ones read badly. */
const number = (value: number) => String(Number(value.toPrecision(3)));

/** One line: `hit-rate: 0.52 is below 0.65`. */
export function summaryOf({ name, is, value, comparison, bound }: Notification): string {
  if (name === notRolledUp)
    return `${name}: the cron ${is === 'firing' ? 'cannot settle anything' : 'settles again'}`;
  if (is === 'no-data') return `${name}: nothing can be measured`;
  if (is === 'back') return `${name}: it can be measured again`;
  if (isOfRollout(name))
    return `${name}: ${is === 'resolved' ? 'it is no longer held' : 'the guard has stopped it'}`;
  // What ends without a value was taken out of the strategy, or changed in it.
  if (is === 'resolved' && value === null) return `${name}: is watched no longer, or not as it was`;
  const not = is === 'resolved' ? 'is no longer' : 'is';
  return `${name}: ${value === null ? 'it' : number(value)} ${not} ${comparison} ${number(bound)}`;
}
