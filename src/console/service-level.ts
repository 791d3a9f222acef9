import { daysOfService } from '../figures/canary.ts';
import { readCanaryState } from '../figures/canary-state.ts';
import type { State } from '../figures/state.ts';
import type { Strategy } from '../strategy/define.ts';
import { count, day, duration, percent } from './format.ts';
import { badge, empty, type Html, html, none, section, table } from './html.ts';

/** In development there is never another. */
const byOneAlone = html`How long purges take to be visible could not be measured: nobody but the isolate that made them has told of them, and that one
sees its own at once. It takes requests in a second isolate; <code>npm run dev</code> has one alone.`;

/** "x s for y % of purges", day by day, as the canary measured it. */
export function serviceLevelSection(
  { serviceLevel }: Pick<Strategy, 'serviceLevel'>,
  state: State | null,
): Html {
  const { targetMs, share } = serviceLevel;
  const aside = html`<span class="small">visible within ${duration(targetMs)} for ${percent(share)} of purges</span>`;
  const days = daysOfService(readCanaryState(state?.canary).state, serviceLevel).slice(-7).reverse();
  if (days.length === 0)
    return section(
      'Service level',
      empty(
        html`Nothing was measured yet. The cron purges a canary each minute, unless <code>CANARY</code> is off; it is measured as soon as another
isolate has told that it saw one.`,
      ),
      aside,
    );
  if (days.every(({ share: measured }) => measured === null))
    return section('Service level', empty(byOneAlone), aside);
  return section(
    'Service level',
    table(
      'Service level by day',
      [
        { head: 'Day', cell: (it) => day(it.startMs) },
        {
          head: 'Met',
          cell: ({ isMet }) =>
            isMet === null ? none : isMet ? badge('met', 'good') : badge('missed', 'bad'),
        },
        { head: 'In time', figure: true, cell: (it) => percent(it.share) },
        { head: 'Late', figure: true, cell: (it) => count(it.late + it.unseen) },
        { head: 'Measured', figure: true, cell: (it) => count(it.within + it.late + it.unseen) },
        { head: 'Longest', figure: true, cell: (it) => duration(it.longestMs) },
      ],
      days,
    ),
    aside,
  );
}
