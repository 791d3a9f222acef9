import { describe, expect, test } from 'vitest';
import { lint, toMend } from '../../../../dev/strategy/lint/lint.ts';
import { events, held, report, reports, role_updated } from './definitions.ts';
import { lintFactsOf } from './facts-of.ts';

type Said = Readonly<Record<string, unknown>>;

/** `report` has two tags that nobody purges, `reports` one. */
async function findings(at: { report?: Said; reports?: Said; event?: Said; site?: Said; strategy?: Said }) {
  const facts = await lintFactsOf({
    classes: [
      report({ tags: ['report:{id}', 'a', 'b'], silences: at.report }),
      reports({ tags: ['reports', 'c'], silences: at.reports }),
      held(),
    ],
    events: { ...events, role_updated: { ...role_updated, ...(at.event && { silences: at.event }) } },
    httpCaches: [{ name: 'site', ...(at.site && { silences: at.site }) }],
    ...(at.strategy && { silences: at.strategy }),
  });
  return lint(facts, new Map(), () => null);
}
const said = async (at: Parameters<typeof findings>[0]) =>
  (await findings(at)).map(({ rule, place, why, mend, silenced }) =>
    rule === 'unused-silence' ? `${place}: ${why}; ${mend}` : `${place}: ${rule}: ${silenced}`,
  );

const open = 'class report: tag-never-purged: null';
const openList = 'class reports: tag-never-purged: null';

describe('a silence', () => {
  test('of a class silences all that the rule finds there, with its reason, and nothing elsewhere', async () => {
    const at = { report: { 'tag-never-purged': 'purged by hand' } };
    const meant = 'class report: tag-never-purged: purged by hand';
    expect(await said(at)).toEqual([meant, meant, openList]);
    expect(toMend(await findings(at)).map(({ place }) => place)).toEqual(['class reports']);
  });

  test('of the strategy silences the rule everywhere, after what a class says itself', async () => {
    const strategy = { 'tag-never-purged': 'a tool purges them' };
    expect(await said({ strategy, report: { 'tag-never-purged': 'by hand' } })).toEqual([
      'class report: tag-never-purged: by hand',
      'class report: tag-never-purged: by hand',
      'class reports: tag-never-purged: a tool purges them',
    ]);
  });

  test('that silences nothing is a finding, wherever it stands', async () => {
    const none = { 'max-age-below-ttl': 'as it may be' };
    const says =
      "it silences 'max-age-below-ttl', which finds nothing here; take 'max-age-below-ttl' out of silences";
    expect(await said({ report: none, event: none, site: none, strategy: none })).toEqual([
      ...[open, open, openList],
      `class report: ${says}`,
      `HTTP cache site: ${says}`,
      `event role_updated: ${says}`,
      `strategy: ${says}`,
    ]);
  });

  test('of the strategy that every place has already silenced itself is one that silences nothing', async () => {
    const by = { 'tag-never-purged': 'by hand' };
    expect((await said({ report: by, reports: by, strategy: by })).at(-1)).toBe(
      "strategy: it silences 'tag-never-purged', which finds nothing here; take 'tag-never-purged' out of silences",
    );
  });

  test.each([
    ['tag-never-purgd', "did you mean 'tag-never-purged'?"],
    ['constructor', 'known are user-data-without-user, '],
    ['unused-silence', 'known are user-data-without-user, '],
  ])('of a rule that there is not, %s, is a finding that names the nearest', async (rule, mend) => {
    expect((await said({ report: { [rule]: 'why' } })).at(-1)).toContain(
      `class report: it silences '${rule}', and there is no such rule; ${mend}`,
    );
  });

  test.each([
    [' ', '" "'],
    [true, 'true'],
    [undefined, 'undefined'],
  ])('without a reason, %j, silences nothing', async (reason, shown) => {
    expect(await said({ report: { 'tag-never-purged': reason } })).toEqual([
      ...[open, open, openList],
      `class report: it silences 'tag-never-purged' with ${shown}, which is no reason; say why, in text`,
    ]);
  });

  test('of what may come may silence nothing today', async () => {
    expect(await said({ report: { 'unversioned-change': 'fields are only ever added' } })).toEqual([
      ...[open, open, openList],
    ]);
  });
});
