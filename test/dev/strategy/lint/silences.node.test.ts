import { describe, expect, test } from 'vitest';
import type { LintFacts } from '../../../../dev/strategy/lint/facts.ts';
import { lint, toMend } from '../../../../dev/strategy/lint/lint.ts';
import { events, held, report, reports } from './definitions.ts';
import { factsOf } from './facts-of.ts';

/** `report` has two tags that nobody purges, `reports` one. */
const tagged = factsOf({
  classes: [report({ tags: ['report:{id}', 'a', 'b'] }), reports({ tags: ['reports', 'c'] }), held()],
  events,
});
const found = (facts: LintFacts) =>
  lint(facts, new Map(), () => null).map(({ rule, place, why, mend, silenced }) =>
    rule === 'unused-silence' ? `${place}: ${why}; ${mend}` : `${place}: ${rule}: ${silenced}`,
  );
const silencing = (at: Readonly<Record<string, Readonly<Record<string, string>>>>): LintFacts => {
  const with_ = <T extends { readonly name: string }>(it: T) => ({ ...it, silences: at[it.name] ?? {} });
  return {
    ...{ ...tagged, silences: at['strategy'] ?? {} },
    ...{ classes: tagged.classes.map(with_), events: tagged.events.map(with_) },
  };
};
const open = 'class report: tag-never-purged: null';
const openList = 'class reports: tag-never-purged: null';

describe('a silence', () => {
  test('of a class silences all that the rule finds there, with its reason, and nothing elsewhere', () => {
    const facts = silencing({ report: { 'tag-never-purged': 'purged by hand' } });
    const said = 'class report: tag-never-purged: purged by hand';
    expect(found(facts)).toEqual([said, said, openList]);
    expect(toMend(lint(facts, new Map(), () => null)).map(({ place }) => place)).toEqual(['class reports']);
  });

  test('of the strategy silences the rule everywhere, after what a class says itself', () => {
    const strategy = { 'tag-never-purged': 'a tool purges them' };
    expect(found(silencing({ strategy, report: { 'tag-never-purged': 'by hand' } }))).toEqual([
      'class report: tag-never-purged: by hand',
      'class report: tag-never-purged: by hand',
      'class reports: tag-never-purged: a tool purges them',
    ]);
  });

  test('that silences nothing is a finding, wherever it stands', () => {
    const none = { 'max-age-below-ttl': 'as it may be' };
    const says =
      "it silences 'max-age-below-ttl', which finds nothing here; take 'max-age-below-ttl' out of silences";
    expect(found(silencing({ report: none, role_updated: none, strategy: none }))).toEqual([
      ...[open, open, openList],
      ...[`class report: ${says}`, `event role_updated: ${says}`, `strategy: ${says}`],
    ]);
  });

  test('of the strategy that every place has already silenced itself is one that silences nothing', () => {
    const by = { 'tag-never-purged': 'by hand' };
    expect(found(silencing({ report: by, reports: by, strategy: by })).at(-1)).toBe(
      "strategy: it silences 'tag-never-purged', which finds nothing here; take 'tag-never-purged' out of silences",
    );
  });

  test.each([
    ['tag-never-purgd', "did you mean 'tag-never-purged'?"],
    ['constructor', 'known are user-data-without-user, '],
    ['unused-silence', 'known are user-data-without-user, '],
  ])('of a rule that there is not, %s, is a finding that names the nearest', (rule, mend) => {
    expect(found(silencing({ report: { [rule]: 'why' } })).at(-1)).toContain(
      `class report: it silences '${rule}', and there is no such rule; ${mend}`,
    );
  });

  test('of what may come may silence nothing today', () => {
    expect(found(silencing({ report: { 'unversioned-change': 'fields are only ever added' } }))).toEqual([
      open,
      open,
      openList,
    ]);
  });
});
