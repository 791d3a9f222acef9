import { bounds } from '../bounds.ts';
import type { Drill, Stage } from '../drill.ts';
import { type Answer, type DrilledEdge, type Reader, readCanary } from '../edge.ts';
import { purgeOf } from './freshness.ts';

export const conditionalRequests: Drill = {
  name: 'conditional-requests',
  shows: 'an ETag gives 304 until the entry is purged, and then 200 with another one',
  async run({ edge, admin, canary, one }) {
    const probe = edge.probe();
    const path = `${canary}/${probe}`;
    const tag = (await edge.stored(path, one)).headers.get('ETag');
    if (tag === null) return judged(['the answer has no ETag'], 1);
    const wrong = [...(await wrongAnswers(path, tag, one, edge))];
    await admin.purge(purgeOf(probe, one));
    await edge.pause(bounds.l1Ms);
    const after = await edge.read(path, one, { 'If-None-Match': tag });
    if (after.status !== 200) wrong.push(`after the purge: ${after.status}, not 200`);
    if (after.headers.get('ETag') === tag) wrong.push('after the purge the ETag is the older one');
    return judged(wrong, 6);
  },
  async runOnPath({ edge, path, one }) {
    const tag = await edge.read(path, one).then(async (first) => {
      // The first answer of a streamed miss may lack it.
      await edge.pause(bounds.lastLookMs);
      return (await edge.read(path, one)).headers.get('ETag') ?? first.headers.get('ETag');
    });
    if (tag === null) return judged(['the answer has no ETag'], 1);
    return judged(await wrongAnswers(path, tag, one, edge), 5);
  },
};

const judged = (wrong: readonly string[], of: number) => ({
  figure: wrong.length,
  bound: 0,
  why: wrong.length > 0 ? wrong.join('; ') : `wrong answers of ${of} conditional requests`,
});

/** RFC 9110 §13.1.2: `If-None-Match` compares weakly, takes a list, and `*` matches whatever there is. */
async function wrongAnswers(path: string, tag: string, one: Reader, edge: DrilledEdge) {
  const wrong: string[] = [];
  for (const [field, expected] of [
    [tag, 304],
    [`W/${tag.replace(/^W\//, '')}`, 304],
    [`"other", ${tag}`, 304],
    ['*', 304],
    ['"other"', 200],
  ] as const) {
    const { status, text, headers } = await edge.read(path, one, { 'If-None-Match': field });
    if (status !== expected) wrong.push(`If-None-Match ${field}: ${status}, not ${expected}`);
    else if (status === 304 && text !== '') wrong.push('a 304 has a body');
    else if (status === 304 && headers.get('ETag') === null) wrong.push('a 304 has no ETag');
  }
  return wrong;
}

const MARK = 'poisoned.example';
/** What careless caches and origins have been known to reflect, or to route by. */
const poisons: readonly (readonly [name: string, value: string])[] = [
  ...[
    ...['X-Forwarded-Host', 'X-Host', 'X-Forwarded-Server', 'X-HTTP-Host-Override', 'X-Original-Host'],
    ...['X-Forwarded-Scheme', 'X-Tenant-Id', 'X-User-Id', 'X-Real-IP', 'X-Forwarded-For', 'True-Client-IP'],
    ...['Accept-Language', 'User-Agent', 'Referer', 'X-Wap-Profile'],
  ].map((name) => [name, MARK] as const),
  ...['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Prefix', 'X-Forwarded-Path'].map(
    (name) => [name, `/${MARK}`] as const,
  ),
  ['Forwarded', `host=${MARK};proto=http`],
  ['Origin', `https://${MARK}`],
  ['Cookie', `session=${MARK}`],
  ['X-Forwarded-Proto', 'http'],
  ['X-Forwarded-Port', '1'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['X-Method-Override', 'HEAD'],
  ['Range', 'bytes=0-1'],
  ['If-None-Match', '*'],
  ['Accept', 'text/html'],
  ['Accept-Encoding', 'br;q=1, identity;q=0'],
  ['Accept-Encoding', '*;q=0'],
  ['Accept-Encoding', MARK],
  ['Cache-Control', 'no-store'],
];

export const headerPoisoning: Drill = {
  name: 'header-poisoning',
  shows: 'what one request’s headers say changes nothing in the answers of others',
  async run(stage) {
    const usual = clues(await cleanAfter({}, stage));
    const all: string[] = [];
    // One after the other: at once they would fill the tenant's bulkhead.
    for (const [name, value] of poisons) {
      const harm = harmIn(await cleanAfter({ [name]: value }, stage), usual, stage);
      if (harm !== null) all.push(`${name}: ${value} (${harm})`);
    }
    return {
      figure: all.length,
      bound: 0,
      why:
        all.length > 0
          ? `clean requests that were given what another’s headers said: ${all.join(', ')}`
          : `clean answers that another’s headers changed, of ${poisons.length}`,
    };
  },
};

/** The answer to a usual request, after one with these headers has filled the entry. */
async function cleanAfter(headers: Readonly<Record<string, string>>, { edge, canary, one }: Stage) {
  const path = `${canary}/${edge.probe()}`;
  await edge.read(path, one, headers);
  return edge.read(path, one);
}

function harmIn(answer: Answer, usual: string, { one }: Stage): string | null {
  const { status, text, headers } = answer;
  if (status !== 200) return `${status}`;
  const canary = readCanary(answer);
  if (canary?.tenant !== one.tenant || canary.user === '') return 'another body';
  if (`${text}\n${[...headers].flat().join('\n')}`.includes(MARK)) return 'it is in the answer';
  return clues(answer) === usual ? null : 'another header';
}

/** Of the answer's headers those that are the same for every value. */
const clues = ({ headers }: Answer): string =>
  ['Content-Type', 'Cache-Control', 'Vary', 'Location', 'Link', 'Set-Cookie', 'Access-Control-Allow-Origin']
    .map((name) => `${name}: ${headers.get(name)}`)
    .join('\n');
