import { meantOrKnown } from '../../../src/strategy/strategy-error.ts';
import type { LintFacts, Silences } from './facts.ts';
import { type Fault, ofClass, ofEvent, ofHttpCache, type Place, placeText } from './finding.ts';

/** A fault, and the rule that has found it. */
export interface Ruled extends Fault {
  readonly rule: string;
}

/** A place that can say silences. */
interface Holder {
  readonly place: Place;
  readonly silences: Silences;
}

export const strategyPlace: Place = { kind: 'strategy', name: '' };

/** The strategy last: what a place says itself comes first. */
const holdersOf = ({ classes, httpCaches, events, silences }: LintFacts): readonly Holder[] => [
  ...classes.map((it) => ({ place: ofClass(it), silences: it.silences })),
  ...httpCaches.map((it) => ({ place: ofHttpCache(it), silences: it.silences })),
  ...events.map((it) => ({ place: ofEvent(it), silences: it.silences })),
  { place: strategyPlace, silences },
];

/** Each fault with the reason that silences it, null where none does; and silences that silence nothing, as `unused`. */
export function silenced(
  facts: LintFacts,
  faults: readonly Ruled[],
  ruleIds: readonly string[],
  lasting: readonly string[],
) {
  const holders = holdersOf(facts);
  const used = new Set<string>();
  const applied = faults.map((fault) => {
    const own = placeText(fault.place);
    const holder = holders.find(
      ({ place, silences }) =>
        (placeText(place) === own || place.kind === 'strategy') && Object.hasOwn(silences, fault.rule),
    );
    if (!holder) return { fault, silenced: null };
    used.add(`${placeText(holder.place)} ${fault.rule}`);
    return { fault, silenced: holder.silences[fault.rule]! };
  });
  const unused = holders.flatMap(({ place, silences }) =>
    Object.keys(silences)
      .filter((rule) => !used.has(`${placeText(place)} ${rule}`) && !lasting.includes(rule))
      .map((rule) => ({ place, ...unusedSilence(rule, ruleIds) })),
  );
  return { applied, unused };
}

function unusedSilence(rule: string, ruleIds: readonly string[]): Omit<Fault, 'place'> {
  if (!ruleIds.includes(rule))
    return { why: `it silences '${rule}', and there is no such rule`, mend: meantOrKnown(rule, ruleIds) };
  return { why: `it silences '${rule}', which finds nothing here`, mend: `take '${rule}' out of silences` };
}
