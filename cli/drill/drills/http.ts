import type { Drill } from '../drill.ts';

export const conditionalRequests: Drill = {
  name: 'conditional-requests',
  shows: 'an ETag gives 304 until the entry is purged, and then 200 with another one',
  async run({ edge, canary, one }) {
    const probe = edge.probe();
    const path = `${canary}/${probe}`;
    const first = await edge.stored(path, one);
    const tag = first.headers.get('ETag');
    if (tag === null) return { figure: 1, bound: 0, why: 'the answer has no ETag' };
    const wrong: string[] = [];
    for (const [field, expected] of [
      [tag, 304],
      [`W/${tag.replace(/^W\//, '')}`, 304],
      [`"other", ${tag}`, 304],
      ['"other"', 200],
    ] as const) {
      const { status, text } = await edge.read(path, one, { 'If-None-Match': field });
      if (status !== expected) wrong.push(`If-None-Match ${field}: ${status}, not ${expected}`);
      else if (status === 304 && text !== '') wrong.push('a 304 has a body');
    }
    await edge.purge({ tenant: first.tenant, tags: [`canary:${probe}`] });
    await edge.pause(1_000);
    const after = await edge.read(path, one, { 'If-None-Match': tag });
    if (after.status !== 200) wrong.push(`after the purge: ${after.status}, not 200`);
    if (after.headers.get('ETag') === tag) wrong.push('after the purge the ETag is the older one');
    return {
      figure: wrong.length,
      bound: 0,
      why: wrong.length > 0 ? wrong.join('; ') : 'wrong answers of 6 conditional requests',
    };
  },
};

const MARK = 'poisoned.example';
/** What careless caches and origins have been known to reflect, or to route by. */
const poisons: readonly (readonly [name: string, value: string])[] = [
  ...['X-Forwarded-Host', 'X-Host', 'X-Forwarded-Server', 'X-HTTP-Host-Override', 'Forwarded'].map(
    (name) => [name, name === 'Forwarded' ? `host=${MARK}` : MARK] as const,
  ),
  ...['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Prefix'].map((name) => [name, `/${MARK}`] as const),
  ['X-Forwarded-Scheme', MARK],
  ['X-Forwarded-Proto', 'http'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['X-Tenant-Id', MARK],
  ['X-User-Id', MARK],
  ['Origin', `https://${MARK}`],
  ['Accept-Language', MARK],
  ['Range', 'bytes=0-1'],
  ['Cookie', `session=${MARK}`],
];

export const headerPoisoning: Drill = {
  name: 'header-poisoning',
  shows: 'what one request’s headers say changes nothing in the answers of others',
  async run({ edge, canary, one }) {
    const poisoned: string[] = [];
    for (const [name, value] of poisons) {
      const path = `${canary}/${edge.probe()}`;
      // The first one fills the entry.
      await edge.read(path, one, { [name]: value });
      const { status, text, headers } = await edge.read(path, one);
      const said = `${text}\n${[...headers].map(([, it]) => it).join('\n')}`;
      if (status !== 200 || said.includes(MARK)) poisoned.push(`${name} (${status})`);
    }
    return {
      figure: poisoned.length,
      bound: 0,
      why:
        poisoned.length > 0
          ? `clean requests that were given what another’s headers said: ${poisoned.join(', ')}`
          : `clean answers that another’s headers changed, of ${poisons.length}`,
    };
  },
};
