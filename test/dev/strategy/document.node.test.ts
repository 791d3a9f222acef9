import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { marked, type Token, type Tokens } from 'marked';
import { describe, expect, test } from 'vitest';
import { root } from '../../../dev/bundle.ts';
import { applicationOf } from '../../../dev/strategy/application.ts';
import { documentText, sectionsOf } from '../../../dev/strategy/document.ts';
import { htmlOf } from '../../../dev/strategy/html.ts';
import { covers } from '../../../dev/strategy/tests.ts';
import { report } from './lint/definitions.ts';
import { application, toldOf } from './told.ts';

const tablesIn = (text: string) => marked.lexer(text).filter((it): it is Tokens.Table => it.type === 'table');
/** What a reader sees of it. */
const seen = (tokens: readonly Token[]): string =>
  tokens
    .map((it) => ('tokens' in it && it.tokens ? seen(it.tokens) : 'text' in it ? unescaped(it.text) : ''))
    .join('');
const unescaped = (text: string) =>
  text.replace(
    /&(lt|gt|amp|quot|#39);/g,
    (_, name: string) => ({ lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" })[name]!,
  );

describe('the document', () => {
  test('has ten sections, and none is empty', async () => {
    const text = documentText(await toldOf());
    expect(text.match(/^## .*$/gm)).toEqual([
      '## 1. Candidates',
      '## 2. Key naming',
      '## 3. TTL matrix',
      '## 4. Invalidation: triggers and event flow',
      '## 5. Pattern of each class',
      '## 6. Stampedes and stale-while-revalidate',
      '## 7. Failures, memory and plan',
      '## 8. Metrics, logs and alerts',
      '## 9. Testing plan',
      '## 10. Roll-out and rollback',
    ]);
    for (const { text: part } of sectionsOf(await toldOf())) expect(part.length).toBeGreaterThan(200);
  });

  test.each([
    ['as the tests have it', {}],
    ['with nothing in it', { classes: [], events: {}, httpCaches: [], sources: {} }],
  ])('says nothing that is not known: a strategy %s', async (_, more) => {
    const text = documentText(await toldOf(more));
    expect(text).not.toMatch(/undefined|NaN|\[object|Infinity|TODO|TBD|null/);
  });

  test('takes its figures from the definition', async () => {
    const [before, after] = await Promise.all([
      toldOf(),
      toldOf({
        classes: [report({ ttl: '7m', staleIfError: '3h', l1: '2s', settle: '90s' })],
        httpCaches: [],
      }),
    ]);
    expect(documentText(before)).not.toContain('7 min');
    const [first] = tablesIn(sectionsOf(after)[2]!.text);
    expect(first!.rows[0]!.map(({ tokens }) => seen(tokens))).toEqual([
      ...['report', '7 min', 'none', '3 h', '7 min (its ttl)', 'standard'],
      '2 s; purged once more after 1 min 30 s, for an origin that reads its own commits late',
    ]);
  });

  test('prints what is silenced, with its reason', async () => {
    const finding = {
      rule: 'ttl-without-event',
      place: 'class report',
      why: 'it has no event',
      mend: 'add one',
      at: null,
    };
    const text = documentText(await toldOf({}, { findings: [{ ...finding, silenced: 'It never changes' }] }));
    expect(text).toContain('- class report, `ttl-without-event`: it has no event. Meant: It never changes');
  });
});

describe('whatever a team writes is text, and tables keep their shape', () => {
  const words = fc
    .oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }),
      fc
        .array(
          fc.constantFrom(
            '|',
            '`',
            '\\',
            '<b>',
            '*',
            '_',
            '\n',
            '#',
            '[a](b)',
            '-->',
            '~~',
            '&lt;',
            'word',
            ' ',
            '1.',
          ),
          { minLength: 1, maxLength: 12 },
        )
        .map((it) => it.join('')),
    )
    .filter((it) => it.trim() !== '' && !it.includes('\0'));

  test('a rationale', async () => {
    await fc.assert(
      fc.asyncProperty(words, async (rationale) => {
        const told = await toldOf({ classes: [report({ rationale })], httpCaches: [] });
        const cached = tablesIn(sectionsOf(told)[0]!.text)[1]!;
        expect(cached.rows).toHaveLength(1);
        expect(cached.rows[0]).toHaveLength(4);
        expect(seen(cached.rows[0]![3]!.tokens).replace(/\s+/g, ' ').trim()).toBe(
          rationale.replace(/\s+/g, ' ').trim(),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('an application, as HTML', async () => {
    const told = await toldOf(
      {},
      { application: { ...application, name: '<script>x</script>', pain: '<img src=x>' } },
    );
    const html = htmlOf(told.application.name, sectionsOf(told));
    expect(html).not.toMatch(/<script|<img/);
    expect(html).toContain('&lt;img src=x&gt;');
  });
});

describe('an application that cannot be printed names each field', () => {
  test.each([
    [undefined, /says nothing of its application; write defineStrategy/],
    [{ ...application, pain: undefined }, /strategy.application.pain: must be a text/],
    [{ ...application, pain: ' ' }, /strategy.application.pain: must not be empty/],
    [
      { ...application, colour: 'red' },
      /strategy.application.colour: there is no such field; known are name, purpose/,
    ],
    ['a text', /strategy.application/],
  ])('%j', (given, says) => {
    expect(() => applicationOf(given)).toThrow(says);
  });
});

describe('the testing plan names what there is', () => {
  test.each(covers.flatMap(({ tests }) => tests))('test/%s', (file) => {
    expect(existsSync(join(root, 'test', file))).toBe(true);
  });

  test.each(covers.flatMap(({ drills }) => drills))('drill %s', (name) => {
    const drills = globSync('cli/drill/**/*.ts', { cwd: root }).map((file) =>
      readFileSync(join(root, file), 'utf8'),
    );
    expect(drills.some((text) => text.includes(`'${name}'`))).toBe(true);
  });
});
