import { createHash } from 'node:crypto';
import { sarifBounds } from './bounds.ts';
import type { Finding, Rule } from './finding.ts';
import { toMend } from './lint.ts';
import { rules, UNUSED_SILENCE } from './rules.ts';

/** Where a finding is shown that has no line of its own. */
const FALLBACK = 'routes/strategy.ts:1';

const described: Readonly<Record<string, Pick<Rule, 'level' | 'finds'>>> = {
  ...rules,
  [UNUSED_SILENCE]: { level: 'warning', finds: 'a silence that silences nothing' },
};
const ruleIds = Object.keys(described);

/**
 * Findings as SARIF 2.1.0, for code scanning. Those that are silenced are left out: GitHub opens an alert for each result, whatever its
 * `suppressions` say.
 */
export function sarifOf(findings: readonly Finding[], version: string): object {
  const open = toMend(findings);
  const shown = open.slice(0, sarifBounds.results);
  const numbers = new Map<string, number>();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'stillfresh-strategy', version, rules: ruleIds.map(ruleOf) } },
        automationDetails: { id: 'stillfresh-strategy/' },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications:
              shown.length < open.length ? [leftOut(open.length - shown.length)] : [],
          },
        ],
        results: shown.map((finding) => {
          const about = `${finding.rule} ${finding.place}`;
          const number = (numbers.get(about) ?? 0) + 1;
          numbers.set(about, number);
          return resultOf(finding, `${digestOf(about)}:${number}`);
        }),
      },
    ],
  };
}

const leftOut = (count: number) => ({
  level: 'warning',
  message: { text: `${count} findings more are left out; --json has all of them` },
});

function ruleOf(id: string) {
  const { level, finds } = described[id]!;
  const text = sentence(finds).slice(0, sarifBounds.descriptionChars);
  return {
    id,
    shortDescription: { text },
    fullDescription: { text },
    help: {
      text: `${text} docs/strategy-lint.md says why, and how to mend or silence it.`,
      markdown: `${text} [docs/strategy-lint.md](docs/strategy-lint.md) says why, and how to mend or silence it.`,
    },
    defaultConfiguration: { level },
    properties: { tags: ['cache'], precision: 'high', 'problem.severity': level },
  };
}

function resultOf({ rule, place, why, mend, at }: Finding, fingerprint: string) {
  const [, uri, line] = /^(.*):(\d+)$/.exec(at ?? FALLBACK)!;
  return {
    ruleId: rule,
    ruleIndex: ruleIds.indexOf(rule),
    level: described[rule]!.level,
    message: { text: `${place}: ${sentence(why)} ${sentence(mend)}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri, uriBaseId: '%SRCROOT%' },
          region: { startLine: Number(line) },
        },
        logicalLocations: [{ fullyQualifiedName: place }],
      },
    ],
    // Of what it is about, so that a line more above it makes no new alert.
    partialFingerprints: { primaryLocationLineHash: fingerprint },
  };
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
