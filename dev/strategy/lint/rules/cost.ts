import { commandsPer } from '../../../../cli/assess/figures/commands.ts';
import { PAY_AS_YOU_GO } from '../../../../cli/assess/figures/prices.ts';
import type { LintFacts } from '../facts.ts';
import { type Fault, listText, type Rule } from '../finding.ts';
import { strategyPlace } from '../silences.ts';

/** What the team expects of its classes in a month, at Redis' price by command; a class that it says nothing of costs nothing here. */
export const costOverBudget: Rule = {
  level: 'warning',
  finds: 'an expected cost of Redis above the budget',
  check: (facts) => {
    const { budget, classes, httpCaches } = facts;
    if (budget === null) return [];
    const known = [...classes, ...httpCaches].map(({ name }) => name);
    const stray = Object.keys(budget.expects).filter((name) => !known.includes(name));
    const costs = costsOf(budget).filter(({ name }) => known.includes(name));
    const dollars = costs.reduce((sum, it) => sum + it.dollars, 0);
    return [
      ...stray.map(strayFault),
      ...(dollars > budget.dollarsPerMonth ? [overFault(budget, costs, dollars)] : []),
    ];
  },
};

type Budget = NonNullable<LintFacts['budget']>;

interface Cost {
  readonly name: string;
  readonly dollars: number;
}

/** Most first. What isolates answer from their memory costs nothing, and is not taken off: nobody knows how much it will be. */
const costsOf = ({ expects }: Budget): Cost[] =>
  Object.entries(expects)
    .map(([name, { requestsPerMonth, hitRate }]) => {
      const commands = hitRate * commandsPer.hit + (1 - hitRate) * commandsPer.miss;
      return { name, dollars: requestsPerMonth * commands * PAY_AS_YOU_GO.dollarsPerCommand };
    })
    .toSorted((a, b) => b.dollars - a.dollars);

function overFault({ dollarsPerMonth, expects }: Budget, costs: readonly Cost[], dollars: number): Fault {
  const parts = costs.map(
    ({ name, dollars: part }) =>
      `${name} ${money(part)} with ${Math.round(expects[name]!.hitRate * 1000) / 10} % hits`,
  );
  return {
    place: strategyPlace,
    why: `its classes are expected to cost ${money(dollars)} a month (${listText(parts)}), and the budget is ${money(dollarsPerMonth)}`,
    mend: `let more be hits of ${costs[0]!.name} (a longer ttl, fewer parameters), or raise the budget; a fixed plan costs the same for any number of commands: silence this with its name`,
  };
}

const strayFault = (name: string): Fault => ({
  place: strategyPlace,
  why: `its budget expects requests of '${name}', and there is no such class`,
  mend: `take '${name}' out of budget.expects, or write the name of a class`,
});

const money = (dollars: number) => `$${dollars.toFixed(2)}`;
