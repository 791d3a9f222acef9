import type { ClassEntry, RouteEntry } from '../../description.ts';
import type { ClassFacts, StrategyFacts } from '../facts.ts';

/** What the rules look at: the strategy, and what is around it. */
export interface LintFacts extends StrategyFacts {
  readonly routes: readonly RouteEntry[];
  /** What each class stores, as `strategy.lock.json` has it. */
  readonly entries: readonly ClassEntry[];
  /** Settings that are set here, or that whoever deploys is told to set. */
  readonly secrets: readonly string[];
}

/** Without HTTP caches: what these hold, and for how long, is what their origins say. */
export const ownClasses = ({ classes }: Pick<StrategyFacts, 'classes'>): readonly ClassFacts[] =>
  classes.filter((it) => it.is === 'class');
