import { bounds } from '../../src/bounds.ts';
import type { PlanStep } from '../../src/strategy/rollout-types.ts';
import type { ClassEntry } from '../description.ts';
import type { ClassChange } from './changes.ts';
import { LOAD_WINDOW, type Load } from './load.ts';

const GONE_DAYS = bounds.rolloutGoneMs / 86_400_000;

/** What is known of the load: null of a class: nothing was counted. Undefined: nobody was asked. */
export type Loads = ReadonlyMap<string, Load | null> | undefined;

/** What a deployment does with a class that is not as it was, in sentences. */
export function atDeploy({ is, isCold, now }: ClassChange): string {
  if (is === 'unchanged') return 'it goes on as it is switched';
  if (is === 'removed' || !now)
    return `what it has stored ends by its ttl; how it is switched is forgotten when no deployment has had it for ${GONE_DAYS} days`;
  if (is === 'new') return beginning(now.rollout);
  const { keepsOnChange, plan } = now.rollout;
  if (keepsOnChange === null)
    return `it starts in the shadow again, and goes ${pathOf(plan)} by its plan; until then its reads go to the origin`;
  const found = isCold
    ? 'nothing of what is stored fits it, so that every read is a miss at first'
    : 'what is stored is read where it fits';
  return `it stays as it is switched (onChange: keep, "${keepsOnChange}"); ${found}`;
}

function beginning({ mode, percent, plan }: ClassEntry['rollout']): string {
  if (mode === 'off') return 'it begins off: its reads go to the origin';
  if (mode === 'shadow') return `it begins in the shadow, and goes ${pathOf(plan)} by its plan`;
  return percent < 100
    ? `it begins on for ${percent} %`
    : "it begins on, for everybody at once; with rollout: { mode: 'shadow' } it would be compared with the origin first";
}

/** `0 → 1 → 5 → 25 → 100 % in 3 h 10 min at least`. */
function pathOf(plan: readonly PlanStep[]): string {
  const minutes = Math.ceil(plan.reduce((sum, { dwellMs }) => sum + dwellMs, 0) / 60_000);
  const hours = Math.floor(minutes / 60);
  const time = [hours > 0 && `${hours} h`, minutes % 60 > 0 && `${minutes % 60} min`]
    .filter(Boolean)
    .join(' ');
  return `${plan.map(({ percent }) => percent).join(' → ')} % in ${time} at least`;
}

/** What that means for the origin; null: nothing. */
export function loadText({ is, isCold, now, name }: ClassChange, loads: Loads): string | null {
  const isAsked = is === 'changed' && (now!.rollout.keepsOnChange === null || isCold);
  if (!isAsked) return null;
  if (!loads)
    return `load on the origin: npm run lock -- --check --url https://edge.example.com, with an admin token of the scope read in STILLFRESH_TOKEN, says it`;
  const load = loads.get(name) ?? null;
  if (load === null) return `load on the origin: nothing was asked of it in the last ${LOAD_WINDOW}`;
  const { requestsPerMinute: all, hitsPerMinute: hits } = load;
  const share = Math.round((hits / all) * 100);
  return `load on the origin: up to ${rate(hits)} fetches a minute more, ${rate(all)} in all: of the last ${LOAD_WINDOW}'s ${rate(all)} requests a minute on average ${share} % were hits; its busy hours have more`;
}

const rate = (n: number) => (n < 10 ? Number(n.toPrecision(2)) : Math.round(n)).toLocaleString('en');

/** All of it: each class that is not as it was, then how many are. */
export function report(changes: readonly ClassChange[], loads: Loads): string {
  const lines = changes
    .filter(({ is }) => is !== 'unchanged')
    .flatMap((change) => {
      const { name, is, what } = change;
      const said = is === 'changed' ? what : [is];
      const load = loadText(change, loads);
      return [
        ...said.map((it) => `${name}: ${it}`),
        `  ${atDeploy(change)}`,
        ...(load === null ? [] : [`  ${load}`]),
      ];
    });
  const same = changes.filter(({ is }) => is === 'unchanged').length;
  return [...lines, `${same} of ${changes.length} classes unchanged`].map((it) => `${it}\n`).join('');
}
