import { bounds } from '../../../src/bounds.ts';
import type { ClassFacts } from '../facts.ts';
import { block, code, codes, list, paragraphs, plain, table } from '../markdown.ts';
import type { Told } from '../told.ts';
import { percent, time } from '../words.ts';

/** 10: how it is switched on, and back. */
export function rollout({ facts: { classes } }: Told): string {
  const example = classes[0]?.name ?? 'CLASS';
  return paragraphs(
    'A class is `off` (the origin answers), in the `shadow` (the origin answers; the cache is filled and compared beside it), or `on` for a share of tenants, users or keys.',
    table(
      [
        'class',
        'begins',
        'plan: share, at least so long, at least so many answers compared',
        'goes back when',
        'then',
      ],
      classes.map((cls) => [code(cls.name), beginsAs(cls), planText(cls), backWhen(cls), backText(cls)]),
    ),
    listsText(classes),
    '### Commands',
    block(
      'sh',
      [
        ['npx stillfresh rollout status', 'how every class stands, with figures and intervals'],
        [`npx stillfresh rollout set ${example} --mode shadow --why 'compare first'`, 'the origin answers'],
        [
          `npx stillfresh rollout set ${example} --mode on --percent 5 --why 'a first step'`,
          'or: rollout plan, which goes on by itself',
        ],
        [`npx stillfresh rollout advance ${example} --why '…'`, 'the next step, before its time'],
        [`npx stillfresh rollout hold ${example} --why '…'`, 'goes on no further'],
      ]
        .map(([command, says]) => `${command!.padEnd(82)} # ${says}`)
        .join('\n'),
    ),
    '### Back',
    block(
      'sh',
      [
        [`npx stillfresh rollout rollback ${example} --why '…'`, 'one class, to the last safe mode'],
        [`npx stillfresh rollout kill --why '…'`, 'all classes: the origin answers'],
        ['npx wrangler rollback', 'the last deployment'],
      ]
        .map(([command, says]) => `${command!.padEnd(82)} # ${says}`)
        .join('\n'),
    ),
    list([
      `A change is heeded by every isolate within ${time(bounds.flagsAskMs)}. With Redis down the variable \`KILL_SWITCH=on\` does the same, by a deployment.`,
      'Purges are applied in every mode: what was stored before a class was switched off is judged by every purge since.',
      'The guard goes back by itself, without a retry, and tells why by an alert; going on again is a person’s decision.',
      'Where key, version, tags, scope or the value’s shape changes, the class begins in the shadow again, unless it says why it need not.',
    ]),
  );
}

function beginsAs({ rollout: { mode, percent: share, unit, keepsOnChange } }: ClassFacts): string {
  const begins = mode === 'on' ? (share === 100 ? 'on, for all' : `on, for ${share} % of ${unit}s`) : mode;
  return keepsOnChange === null ? begins : `${begins}; stays so when it changes: ${plain(keepsOnChange)}`;
}

const planText = ({ rollout: { plan } }: ClassFacts): string =>
  plan.map((it) => `${it.percent} %, ${time(it.dwellMs)}, ${it.atLeast}`).join(' → ');

const backWhen = ({ rollout: { maxStale, maxDiffering, maxErrors, maxSlowerMs } }: ClassFacts): string =>
  `more than ${percent(maxStale)} too old, ${percent(maxDiffering)} different, ${percent(maxErrors)} more errors, or ${time(maxSlowerMs)} slower; one answer that is another’s`;

const backText = ({ rollout: { onFailure } }: ClassFacts): string =>
  onFailure === 'purge' ? 'back, and purged' : 'back; what is stored is kept';

function listsText(classes: readonly ClassFacts[]): string | null {
  const listed = classes.filter(({ rollout: { allow, deny } }) => allow.length + deny.length > 0);
  if (listed.length === 0) return null;
  return list(
    listed.map(
      ({ name, rollout: { allow, deny } }) =>
        `${code(name)}: always ${codes(allow, 'nobody')}; never ${codes(deny, 'nobody')}`,
    ),
  );
}
