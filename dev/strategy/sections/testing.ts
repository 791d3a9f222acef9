import type { Finding } from '../lint/finding.ts';
import { code, codes, list, paragraphs, plain, table } from '../markdown.ts';
import { covers } from '../tests.ts';
import type { Told } from '../told.ts';

/** 9: what could go wrong, and what shows that it does not. */
export function testing({ findings }: Told): string {
  const silenced = findings.filter((it) => it.silenced !== null);
  return paragraphs(
    '`npm test` runs the tests, real Redis and real workerd included; `npm run drill -- --url URL` runs the drills against a deployment, safely by default.',
    table(
      ['risk', 'what must hold', 'tests', 'drills'],
      covers.map(({ risk, holds, tests, drills }) => [risk, holds, codes(tests), codes(drills)]),
    ),
    '### What the check of this strategy finds, and is meant',
    silenced.length === 0
      ? '`npm run strategy -- --check` finds nothing in it that had to be silenced.'
      : list(silenced.map(findingText)),
  );
}

const findingText = ({ place, rule, why, silenced }: Finding): string =>
  `${plain(place)}, ${code(rule)}: ${plain(why)}. Meant: ${plain(silenced ?? '')}`;
