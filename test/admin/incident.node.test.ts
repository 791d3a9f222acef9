import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { defaultAlerts } from '../../src/strategy/default-alerts.ts';
import { counters, gauges, histograms } from '../../src/telemetry/catalogue.ts';
import { closedLabels } from '../../src/telemetry/known-labels.ts';
import { type Reason, reasons } from '../../src/telemetry/outcome.ts';

/** docs/incident.md shows what commands have printed: what the code says in words must be what stands there. */
const page = readFileSync(new URL('../../docs/incident.md', import.meta.url), 'utf8');
const source = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface SeenTag {
  readonly kind: 'tag';
  readonly name: string;
  readonly generation: string;
}
type WordsOf = (
  reason: Reason,
  told: { readonly explained: { readonly seen: object }; readonly nowMs: number },
) => { readonly why: string; readonly next_step: string | null };
/** Without its own types, which are those of workerd. */
const { wordsOf } = (await import(new URL('../../src/admin/explain-words.ts', import.meta.url).href)) as {
  readonly wordsOf: WordsOf;
};

/** Each command of the page, and the lines below it. */
const shown = [...page.matchAll(/^```\w*\n(.*?)^```$/gms)].flatMap(([, block]) =>
  block!.split(/^\$ /m).flatMap((it) => {
    const [command = '', ...lines] = it.trimEnd().split('\n');
    return lines.length === 0 ? [] : [{ command, lines }];
  }),
);
const shownBy = (command: string) => shown.filter((it) => it.command.startsWith(`npx stillfresh ${command}`));

/** Numbers are of the day on which it ran. */
const withoutNumbers = (text: string) => text.replace(/\d+ (s|min)\b/g, 'N');

describe('docs/incident.md', () => {
  const explained = shownBy('explain').map(({ command, lines }) => {
    const field = (name: string) => lines.find((line) => line.startsWith(`${name} `))?.slice(13);
    const tags = lines.flatMap((line): SeenTag[] => {
      const [, name, generation] = /^(?:tag {10}| {13})([^: ]+:[^: ]+): (same|changed)$/.exec(line) ?? [];
      return name === undefined ? [] : [{ kind: 'tag', name, generation: generation! } as const];
    });
    const next = field('next read')!;
    const reason = (/detail=([\w-]+)/.exec(next)?.[1] ?? 'fresh') as Reason;
    return { command, reason, why: field('why'), does: field('do'), tags };
  });

  test.each(explained)(
    'says of $reason why and what to do as explain does',
    ({ reason, why, does, tags }) => {
      const seen = { tags, ageMs: 1_000, ttlMs: 1_000, windows: null, notes: [] };
      const words = wordsOf(reason, { explained: { seen }, nowMs: 0 });
      expect(does).toBe(words.next_step);
      expect(withoutNumbers(why!)).toBe(withoutNumbers(words.why));
    },
  );

  test('explains a miss without Redis, a hit that is wrong, and what is purged', () => {
    expect(explained.map(({ reason }) => reason)).toEqual(['store-unavailable', 'fresh', 'purged']);
  });

  test('shows the alerts that there are', () => {
    // While Redis is gone there is none.
    const { lines = [] } = shownBy('alerts').find((it) => it.lines[0]!.startsWith('ALERT')) ?? {};
    const named = lines.slice(1).map((line) => line.split(' ')[0]!);
    expect(named.toSorted()).toEqual(Object.keys(defaultAlerts).toSorted());
    expect(lines[0]!.split(/ +/)).toEqual(
      /\[\[(.*?)\], \.\.\./.exec(source('cli/alerts.ts'))![1]!.replaceAll("'", '').split(', '),
    );
  });

  test('shows metrics with their help, and every value of their labels', () => {
    const metrics = new Map(
      Object.entries({ ...counters, ...histograms, ...gauges }).map(([id, it]) => [
        it.name as string,
        { id, ...it },
      ]),
    );
    const all = shownBy('metrics --grep').flatMap(({ lines }) => lines);
    const helps = all.filter((line) => line.startsWith('# HELP '));
    expect(helps.length).toBeGreaterThan(2);
    for (const help of helps) {
      const { id, help: says, labels } = metrics.get(help.split(' ')[2]!)!;
      expect(help).toBe(`# HELP ${help.split(' ')[2]} ${says}`);
      const [label] = labels;
      const values = label === undefined ? [] : closedLabels[id as 'purges']![label]!;
      for (const value of values) expect(all.join('\n')).toContain(`{${label}="${value}"} `);
    }
  });

  test('names reasons, columns, pages and buttons that there are', () => {
    const quoted = [...page.matchAll(/"reason":"([\w-]+)"/g)].map(([, it]) => it!);
    expect(quoted.length).toBeGreaterThan(2);
    for (const it of quoted) expect(reasons()).toContain(it);

    const [{ lines } = { lines: [] }] = shownBy('top --window');
    const heads = [...source('cli/top-table.ts').matchAll(/head: '([^']+)'/g)].map(([, it]) => it!);
    expect(lines[0]!.split(/ +/)).toEqual(['CLASS', ...heads]);

    const console = ['layout', 'purges-page', 'purge-form']
      .map((it) => source(`src/console/${it}.ts`))
      .join();
    const inConsole = page.split(/in the console: /i).slice(1);
    const named = inConsole.flatMap((it) => [...it.split(/[.;]|At the shell/)[0]!.matchAll(/\*([^*]+)\*/g)]);
    expect(named.length).toBeGreaterThan(5);
    for (const [, it] of named) expect(console).toMatch(new RegExp(`['>]${it}['<]`));
  });
});
