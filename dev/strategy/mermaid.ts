import type { SourceFacts, StrategyFacts } from './facts.ts';

/** Mermaid's text, in quotes: what a team wrote is no syntax of it. */
const label = (text: string): string =>
  `"${text.replace(/[^\p{L}\p{N} _.,:/{}-]/gu, (it) => `#${it.codePointAt(0)};`).replace(/[{}]/g, (it) => `#${it.codePointAt(0)};`)}"`;

/** Senders, the events that theirs become, and the classes that these make unusable. */
export function eventFlow({ sources, events, classes }: StrategyFacts): string {
  const event = (name: string) => `e${events.findIndex((it) => it.name === name)}`;
  const cls = (name: string) => `c${classes.findIndex((it) => it.name === name)}`;
  const sent = sources.flatMap((source, i) =>
    [...Map.groupBy(Object.entries(source.events), ([, it]) => it)].map(
      ([name, types]) => `  s${i} -->|${label(types.map(([type]) => type).join(', '))}| ${event(name)}`,
    ),
  );
  return [
    'flowchart LR',
    ...sources.map(({ name }, i) => `  s${i}([${label(name)}])`),
    ...events.map(({ name }, i) => `  e${i}{{${label(name)}}}`),
    ...classes
      .filter(({ name }) => events.some((it) => it.reaches.includes(name)))
      .map(({ name }) => `  ${cls(name)}[(${label(name)})]`),
    ...sent,
    ...events.flatMap(({ name, reaches, mode }) =>
      reaches.map((it) => `  ${event(name)} ${mode === 'soft' ? '-.->' : '-->'} ${cls(it)}`),
    ),
  ].join('\n');
}

/** What happens between a change at the origin and the next read. */
export function purgeSequence(source: SourceFacts | null): string {
  const sender = source === null ? 'Operator' : source.name;
  const posts = source === null ? 'POST /-/emit, or /-/purge' : `POST /hooks/${source.name}, signed`;
  return `sequenceDiagram
  participant S as ${sender.replace(/[^A-Za-z0-9 -]/g, ' ')}
  participant E as Edge
  participant Q as QStash
  participant R as Redis
  participant U as User
  S->>E: ${posts}
  E->>Q: publish the purge
  Q-->>E: taken
  E-->>S: 202 and its id
  E->>R: replace the generations (applied)
  Q->>E: POST /-/deliveries, signed
  E->>R: the same purge: its id is known
  U->>E: GET
  E->>R: MGET entry and generations
  R-->>E: another generation: unusable
  E-->>U: fetched anew
  Q->>E: verify, 30 s later
  E->>R: is the receipt still there (verified)`;
}
