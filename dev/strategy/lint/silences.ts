import { meantOrKnown, quote } from '../../../src/strategy/strategy-error.ts';
import type { StrategyFacts } from '../facts.ts';
import { type Fault, ofClass, ofEvent, type Place, placeText, strategyPlace } from './finding.ts';

/** A fault, and the rule that has found it. */
export interface Ruled extends Fault {
  readonly rule: string;
}

/** A place that can say silences, and what it says: nobody has looked at it. */
interface Holder {
  readonly place: Place;
  readonly said: Readonly<Record<string, unknown>>;
}

/** The strategy last: what a place says itself comes first. */
const holdersOf = ({ classes, events, silences }: StrategyFacts): readonly Holder[] =>
  [
    ...classes.map((it) => ({ place: ofClass(it), silences: it.silences })),
    ...events.map((it) => ({ place: ofEvent(it), silences: it.silences })),
    { place: strategyPlace, silences },
  ].map(({ place, silences: given }) => ({
    place,
    said: typeof given === 'object' && given !== null ? { ...given } : {},
  }));

const isReason = (said: unknown): said is string => typeof said === 'string' && said.trim() !== '';

/** Which rules there are, and which of them are of what may come, so that their silences may wait. */
interface Known {
  readonly rules: readonly string[];
  readonly toCome: readonly string[];
}

/** Each fault with the reason that silences it, null where none does; and silences that silence nothing. */
export function silenced(facts: StrategyFacts, faults: readonly Ruled[], { rules, toCome }: Known) {
  const holders = holdersOf(facts);
  const used = new Set<string>();
  const applied = faults.map((fault) => {
    const own = placeText(fault.place);
    const holder = holders.find(
      ({ place, said }) =>
        (placeText(place) === own || place.kind === 'strategy') &&
        Object.hasOwn(said, fault.rule) &&
        isReason(said[fault.rule]),
    );
    if (!holder) return { fault, reason: null };
    used.add(`${placeText(holder.place)} ${fault.rule}`);
    return { fault, reason: holder.said[fault.rule] as string };
  });
  const unused = holders.flatMap(({ place, said }) =>
    Object.entries(said).flatMap(([rule, reason]) => {
      const isMeant = used.has(`${placeText(place)} ${rule}`) || (toCome.includes(rule) && isReason(reason));
      return isMeant ? [] : [{ place, ...unusedSilence(rule, reason, rules) }];
    }),
  );
  return { applied, unused };
}

function unusedSilence(rule: string, reason: unknown, rules: readonly string[]): Omit<Fault, 'place'> {
  if (!rules.includes(rule))
    return { why: `it silences '${rule}', and there is no such rule`, mend: meantOrKnown(rule, rules) };
  if (!isReason(reason))
    return {
      why: `it silences '${rule}' with ${quote(reason)}, which is no reason`,
      mend: 'say why, in text',
    };
  return { why: `it silences '${rule}', which finds nothing here`, mend: `take '${rule}' out of silences` };
}
