import { commandsPer } from '../../../../cli/assess/figures/commands.ts';
import { PAY_AS_YOU_GO } from '../../../../cli/assess/figures/prices.ts';
import { meantOrKnown } from '../../../../src/strategy/strategy-error.ts';
import { type CheckedBudget, readBudget } from '../budget.ts';
import { type Fault, listText, type Rule, strategyPlace } from '../finding.ts';

/** What the team expects of its classes in a month, at Redis' price by command; a class that it says nothing of costs nothing here. */
export const costOverBudget: Rule = {
  level: 'warning',
  finds: 'an expected cost of Redis above the budget',
  check: ({ budget: given, classes }) => {
    const budget = readBudget(given);
    if (budget === null) return [];
    if ('fault' in budget) return [notValid(budget.fault)];
    const known = classes.map(({ name }) => name);
    const stray = Object.keys(budget.expects).filter((name) => !known.includes(name));
    const costs = costsOf(budget).filter(({ name }) => known.includes(name));
    const dollars = costs.reduce((sum, it) => sum + it.dollars, 0);
    const isOver = dollars > budget.dollarsPerMonth;
    return [
      ...stray.map((it) => strayFault(it, known)),
      ...(isOver ? [overFault(budget, costs, dollars)] : []),
    ];
  },
};

interface Cost {
  readonly name: string;
  readonly dollars: number;
}

/** Most first. What isolates answer from their memory costs nothing, and is not taken off: nobody knows how much it will be. */
const costsOf = ({ expects }: CheckedBudget): Cost[] =>
  Object.entries(expects)
    .map(([name, { requestsPerMonth, hitRate }]) => {
      const commands = hitRate * commandsPer.hit + (1 - hitRate) * commandsPer.miss;
      return { name, dollars: requestsPerMonth * commands * PAY_AS_YOU_GO.dollarsPerCommand };
    })
    .toSorted((a, b) => b.dollars - a.dollars);

function overFault(
  { dollarsPerMonth, expects }: CheckedBudget,
  costs: readonly Cost[],
  dollars: number,
): Fault {
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

const notValid = (fault: string): Fault => ({
  place: strategyPlace,
  why: `${fault}, so that it is not known what the classes are expected to cost`,
  mend: "write budget: { dollarsPerMonth, expects: { <class>: { requestsPerMonth, hitRate: '90%' } } }",
});

const strayFault = (name: string, known: readonly string[]): Fault => ({
  place: strategyPlace,
  why: `its budget expects requests of '${name}', and there is no such class`,
  mend: meantOrKnown(name, known),
});

const money = (dollars: number) => `$${dollars.toFixed(2)}`;
