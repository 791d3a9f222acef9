import { bytes, count } from '../../../src/console/format.ts';
import { badge, facts, type Html, html, type Mood, none } from '../../../src/console/html.ts';
import { printable } from '../../text.ts';
import type { RouteAssessment, Verdict } from '../assessment.ts';
import { percent } from '../figures/words.ts';
import { curvePlot } from './curve-plot.ts';
import { money, verdictWords } from './words.ts';

/** Whether it says what to do, or to take care. */
export const moods: Readonly<Record<Verdict, Mood>> = {
  cache: 'good',
  'per-tenant': 'good',
  'per-user': 'warn',
  no: 'calm',
};

/** One route: its verdict, its figures, its plot where anything of it repeats. */
export function routeSection(it: RouteAssessment, id: string): Html {
  const { route, verdict, why, knee, curve } = it;
  const name = printable(route);
  return html`<section class="route" id="${id}"><header><h3><code>${name}</code></h3>${badge(verdictWords[verdict], moods[verdict])}</header>
<p>${why}</p>
${facts(factsOf(it))}
${knee === null ? none : curvePlot({ id: `${id}-plot`, title: `Hit rate of ${name}, by TTL`, curve, knee })}
</section>
`;
}

function factsOf(it: RouteAssessment): readonly (readonly [string, string])[] {
  const { requests, methods, candidates, keys, repeat_ratio, mean_bytes, change, stampedes, estimate, knee } =
    it;
  const other = Object.entries(methods).filter(([method]) => method !== 'GET');
  const signs = Object.entries(it.signs).flatMap(([sign, share]) =>
    share === null || share === 0 ? [] : [`${signWords[sign as keyof typeof signWords]} ${percent(share)}`],
  );
  return [
    ['Requests', `${count(requests)}${other.map(([method, n]) => `, ${method} ${count(n)}`).join('')}`],
    ['Candidates', `${count(candidates)} of ${count(keys)} keys, ${percent(repeat_ratio)} repeated`],
    ...(mean_bytes === null ? [] : [['Mean size', bytes(mean_bytes)] as const]),
    ...(signs.length === 0 ? [] : [['Signs', signs.join(', ')] as const]),
    ...(change.by === null || change.share === null
      ? []
      : [
          [
            'Changed',
            `at ${percent(change.share)} of repeated requests, by ${changeWords[change.by]}`,
          ] as const,
        ]),
    ...(stampedes.collapsed === 0
      ? []
      : [['Would have waited', `${count(stampedes.collapsed)} for a fetch under way`] as const]),
    ...(knee === null
      ? []
      : [
          ['Memory', `${bytes(estimate.memory_bytes)} at most`] as const,
          [
            'A month',
            `${count(estimate.redis_commands)} Redis commands; saves ${count(estimate.origin_requests_saved)} requests, ${money(estimate.origin_saving)} at the origin`,
          ] as const,
        ]),
  ];
}

const signWords = {
  cookie: 'with a cookie',
  authorization: 'with a credential',
  private: 'marked private',
  public: 'marked public',
  set_cookie: 'set a cookie',
} as const;

const changeWords = { etag: 'entity tags', size: 'sizes', writes: 'writes in the log' } as const;
