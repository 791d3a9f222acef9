import * as z from 'zod';
import { printable, seconds, table } from './text.ts';

const time = z.iso.datetime({ offset: true }).nullable();
const text = z.string().nullable();

/** What the edge says of a path that no class and no HTTP cache answers. */
const unanswered = z.looseObject({ route: text, verdict: z.null(), why: z.string() });

/** What it says of an answer; `--json` passes on more than stands here. */
const explained = z.looseObject({
  route: text,
  verdict: z.string(),
  cache_status: z.string(),
  outcome: z.string(),
  status: z.int().nullable(),
  why: z.string(),
  next_step: text,
  since: time,
  class: z.string(),
  key: text,
  params: z.record(z.string(), z.unknown()).nullable(),
  errors: z.array(z.object({ field: z.string(), detail: z.string() })),
  access: z.object({ rule: z.string(), may_read: z.boolean().nullable(), why: text }).nullable(),
  stored: z.boolean().nullable(),
  layer: text,
  trusted: z.object({ ms: z.number(), afterwards: z.string() }).nullable(),
  tags: z.array(
    z.looseObject({
      name: text,
      kind: z.string(),
      generation: text,
      soft_purged_at: z.string().optional(),
    }),
  ),
  fetched_at: time,
  age_ms: z.number().nullable(),
  bytes: z.number().nullable(),
  windows: z.record(z.string(), time).nullable(),
  lock: z
    .object({
      state: z.string(),
      failure: z.object({ code: z.string(), status: z.int().nullable() }).nullable(),
    })
    .nullable(),
  notes: z.array(z.string()),
  would_fetch: z
    .looseObject({ by: z.string(), method: z.string().optional(), path: z.string().optional() })
    .nullable(),
  mode: z.string().nullish(),
  rollout: z.looseObject({ says: z.string() }).nullish(),
  would_be: z.looseObject({ verdict: z.string() }).nullish(),
  purges: z.array(
    z.looseObject({ purge_id: z.string(), source: z.string(), mode: z.string(), applied_at: time }),
  ),
  remarks: z.array(z.string()),
  body: z
    .looseObject({ text: z.string().optional(), base64: z.string().optional(), truncated: z.boolean() })
    .nullish(),
});
export const explanationShape = z.union([unanswered, explained]);
export type Explanation = z.infer<typeof explanationShape>;
type Explained = z.infer<typeof explained>;

const isExplained = (it: Explanation): it is Explained => it.verdict !== null;

/** For people, the answer first. */
export function explanationText(it: Explanation, nowMs: number): string {
  if (!isExplained(it)) return table(rows([['next read', it.why]]));
  const ago = (at: string | null) =>
    at === null
      ? null
      : `${at}, ${seconds(Math.abs(nowMs - Date.parse(at)))} ${Date.parse(at) > nowMs ? 'from now' : 'ago'}`;
  const lines: readonly (readonly [string, string | null])[] = [
    ['next read', `${it.verdict} (${it.outcome}${it.status === null ? '' : `, status ${it.status}`})`],
    ['why', it.why],
    ['since', ago(it.since)],
    ['do', it.next_step],
    ...it.errors.map(({ field, detail }) => ['not valid', `${field}: ${detail}`] as const),
    ...it.purges.map((purge) => ['purged by', purgeText(purge, ago)] as const),
    ['mode', it.mode ? modeText(it) : null],
    ['the cache', it.would_be ? `would have said ${it.would_be.verdict}` : null],
    ['then', it.trusted && trustText(it.trusted)],
    ['stored', storedText(it)],
    ...windowLines(it.windows, ago),
    ['would fetch', fetchText(it)],
    ['may read', it.access && accessText(it.access)],
    ['under way', lockText(it.lock)],
    ['class', it.route === null ? it.class : `${it.class}, at ${it.route}`],
    ['key', it.key],
    ['parameters', paramsText(it.params)],
    ...it.tags.map((tag) => ['tag', tagText(tag)] as const),
    ...it.notes.map((note) => ['note', note] as const),
    ...it.remarks.map((remark) => ['besides', remark] as const),
    ['header', it.cache_status],
  ];
  return table(rows(lines)) + bodyText(it.body);
}

/** Each word of the first column once. */
function rows(lines: readonly (readonly [string, string | null])[]): string[][] {
  const said = lines.filter((line): line is readonly [string, string] => Boolean(line[1]));
  return said.map(([label, value], at) => [said[at - 1]?.[0] === label ? '' : label, printable(value)]);
}

const purgeText = (
  { purge_id, source, mode, applied_at }: Explained['purges'][number],
  ago: (at: string | null) => string | null,
): string => `${purge_id}, ${mode}, ${source}: ${ago(applied_at)}`;

/** Of one that the cache answers for all there is nothing to say. */
const modeText = ({ mode, rollout }: Explained): string | null =>
  mode === 'on' && rollout?.['percent'] === 100 && !rollout['listed'] ? null : `${mode}: ${rollout?.says}`;

const trustText = ({ ms, afterwards }: NonNullable<Explained['trusted']>): string =>
  `in ${seconds(ms)} this isolate asks Redis again, which now says: ${afterwards}`;

function storedText({ stored, layer, bytes, age_ms, fetched_at }: Explained): string {
  if (!stored) return stored === null ? 'not looked up' : 'nothing';
  const where = layer === 'l1' ? 'in this isolate’s memory' : 'in Redis';
  return `${bytes} bytes, ${where}; fetched ${fetched_at}, ${seconds(age_ms ?? 0)} old`;
}

function windowLines(
  windows: Explained['windows'],
  ago: (at: string | null) => string | null,
): (readonly [string, string | null])[] {
  return Object.entries(windows ?? {}).map(([name, at]) => [
    'windows',
    at && `${name.replaceAll('_', ' ')} ${ago(at)}`,
  ]);
}

function fetchText({ would_fetch: it }: Explained): string | null {
  if (!it) return null;
  if (it.by === 'loader') return 'by the class’s loader, which asks what it will';
  return `${it.method} ${it.path}${it['conditional'] ? ', which may say that what is stored still holds' : ''}`;
}

function accessText({ rule, may_read, why }: NonNullable<Explained['access']>): string {
  const says = may_read === null ? 'not known' : may_read ? 'yes' : 'no';
  return `${says} (${rule})${why ? `: ${why}` : ''}`;
}

function lockText(lock: Explained['lock']): string | null {
  const failed = lock?.failure
    ? `its last fetch failed: ${lock.failure.code}${lock.failure.status ? `, status ${lock.failure.status}` : ''}`
    : null;
  switch (lock?.state) {
    case 'held':
      return 'it is being fetched';
    case 'direct':
      return 'what was fetched last was not stored: nobody waits for it';
    default:
      return failed;
  }
}

const paramsText = (params: Explained['params']): string | null =>
  params &&
  Object.entries(params)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join('  ');

const kinds = new Map([
  ['class', 'class '],
  ['class-everywhere', 'for all tenants, class '],
  ['user', 'user '],
  ['everything', 'everything of '],
]);

function tagText({ name, kind, generation, soft_purged_at }: Explained['tags'][number]): string {
  const named = `${kinds.get(kind) ?? ''}${name ?? 'the public data'}`;
  if (generation === null) return named;
  return `${named}: ${generation}${soft_purged_at === undefined ? '' : ` since ${soft_purged_at}`}`;
}

function bodyText(body: Explained['body']): string {
  if (!body) return body === null ? '\nno body is stored\n' : '';
  const shown =
    body.text === undefined ? `base64 ${body.base64}` : body.text.split('\n').map(printable).join('\n');
  return `\n${shown}${body.truncated ? '\n… and more' : ''}\n`;
}
