import { plain } from './markdown.ts';
import { candidates } from './sections/candidates.ts';
import { events } from './sections/events.ts';
import { failures } from './sections/failures.ts';
import { keys } from './sections/keys.ts';
import { observing } from './sections/observing.ts';
import { patterns } from './sections/patterns.ts';
import { rollout } from './sections/rollout.ts';
import { stampedes } from './sections/stampedes.ts';
import { testing } from './sections/testing.ts';
import { ttls } from './sections/ttls.ts';
import type { SectionText, Told } from './told.ts';

export interface Section {
  readonly number: number;
  readonly title: string;
  /** Markdown, without its heading. */
  readonly text: string;
}

const parts: readonly (readonly [title: string, text: SectionText])[] = [
  ['Candidates', candidates],
  ['Key naming', keys],
  ['TTL matrix', ttls],
  ['Invalidation: triggers and event flow', events],
  ['Pattern of each class', patterns],
  ['Stampedes and stale-while-revalidate', stampedes],
  ['Failures, memory and plan', failures],
  ['Metrics, logs and alerts', observing],
  ['Testing plan', testing],
  ['Roll-out and rollback', rollout],
];

export const sectionsOf = (told: Told): readonly Section[] =>
  parts.map(([title, text], i) => ({ number: i + 1, title, text: text(told) }));

/** `STRATEGY.md`. */
export const documentText = (told: Told): string =>
  `# Cache strategy: ${plain(told.application.name)}

<!-- Made by 'npm run strategy' from routes/; not to be edited by hand. -->

What may be cached, under which key, for how long, who may see it, which event purges it, how it is watched and how it is switched on. The
engine enforces exactly this: the document is printed from the same definitions.

${sectionsOf(told)
  .map(({ number, title, text }) => `## ${number}. ${title}\n\n${text}\n`)
  .join('\n')}`;
