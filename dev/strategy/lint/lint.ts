import type { Lock } from '../../lock/file.ts';
import type { LintFacts } from './facts.ts';
import { type Finding, type Place, placeText, type Rule } from './finding.ts';
import { ofChangesToCome, rules, UNUSED_SILENCE } from './rules.ts';
import { type Ruled, silenced } from './silences.ts';

const ruleList: readonly (readonly [string, Rule])[] = Object.entries(rules);

/**
 * What every rule finds in a strategy, those that it silences too: in the order of the rules, then of the definitions. `lineOf`: where in
 * routes/ a place is defined.
 */
export function lint(
  facts: LintFacts,
  lock: Lock,
  lineOf: (place: Place) => string | null,
): readonly Finding[] {
  const faults = ruleList.flatMap(([rule, { check }]): Ruled[] =>
    check(facts, lock).map((fault) => ({ rule, ...fault })),
  );
  const known = { rules: Object.keys(rules), toCome: ofChangesToCome };
  const { applied, unused } = silenced(facts, faults, known);
  const all = [
    ...applied,
    ...unused.map((fault) => ({ fault: { rule: UNUSED_SILENCE, ...fault }, reason: null })),
  ];
  return all.map(({ fault: { rule, place, why, mend }, reason }) => ({
    ...{ rule, place: placeText(place), why, mend, silenced: reason, at: lineOf(place) },
  }));
}

/** What is left to mend. */
export const toMend = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter((it) => it.silenced === null);
