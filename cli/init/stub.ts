import { Failure } from '../failure.ts';
import { type AnsweredItem, item as itemShape } from './answers.ts';
import { strategyModule } from './code/strategy-file.ts';
import { itemsOfRoutes, type JudgedRoute } from './from-assessment.ts';
import { plannedData } from './plan.ts';

/** As many as `init` takes. */
const MOST = 64;

export interface Stub {
  /** Null: there is nothing to write. */
  readonly text: string | null;
  readonly classes: number;
  /** Worth caching, and beyond what one strategy holds. */
  readonly beyond: number;
  /** Worth caching, but no class as they stand. */
  readonly leftOut: readonly { readonly route: string; readonly why: string }[];
}

/** A strategy of the routes that are worth caching, without what only a team can say of its application. `library`: as it is imported. */
export function strategyStub(routes: readonly JudgedRoute[], library: string): Stub {
  const data: AnsweredItem[] = [];
  const leftOut: { route: string; why: string }[] = [];
  let beyond = 0;
  for (const { route, item } of itemsOfRoutes(routes)) {
    if (data.length === MOST) {
      beyond++;
      continue;
    }
    const why = refusalOf(item, data);
    if (why === null) data.push(itemShape.parse(item));
    else leftOut.push({ route, why });
  }
  const text = data.length === 0 ? null : strategyModule(plannedData(data), { library });
  return { text, classes: data.length, beyond, leftOut };
}

/** Why it cannot be a class beside these; null: it can. */
function refusalOf(item: object, beside: readonly AnsweredItem[]): string | null {
  const { data, error } = itemShape.safeParse(item);
  if (!data) return error.issues[0]!.message;
  try {
    plannedData([...beside, data]);
    return null;
  } catch (refused) {
    if (!(refused instanceof Failure)) throw refused;
    // Which of the data it is nobody has numbered here.
    return refused.message.replace(/^data\.\d+\.\w+: /, '');
  }
}
