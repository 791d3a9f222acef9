import { expect, test } from 'vitest';
import { type Judged, judge } from '../../../../cli/assess/figures/verdict.ts';

const point = (ttl_s: number, hit_rate: number) => ({
  ...{ ttl_s, hits: 1000 * hit_rate, requests: 1000, hit_rate },
  ...{ exact: true, error: 0 },
});
const silent = { cookie: null, authorization: null, private: null, public: null, set_cookie: null };
const told = { cookie: 0, authorization: 0, private: 0, public: 0, set_cookie: 0 };
const good: Judged = {
  ...{ route: '/v1/reports/:id', requests: 1200, candidates: 1000, mean_bytes: 2000, repeat_ratio: 0.9 },
  ...{ signs: told, change: { share: 0.01, by: 'etag', writes: 3 } },
  ...{ curve: [point(60, 0.4), point(600, 0.8)], knee: point(600, 0.8) },
};

test.each<[string, Partial<Judged>, string, string]>([
  // What is not cached, in the order in which it is asked.
  [
    'no GET',
    { candidates: 0, knee: null },
    'no',
    'None of its requests (1200) is a GET that was answered 200 or 304, so there is nothing to store.',
  ],
  ['too few', { candidates: 4 }, 'no', 'A cache could answer 4 of its requests (1200), too few to tell.'],
  [
    'too large',
    { mean_bytes: 6 * 2 ** 20, knee: null },
    'no',
    'Its answers are too large to be stored, 6.0 MiB on average.',
  ],
  [
    'nothing repeats',
    { knee: null, signs: { ...told, set_cookie: 1 } },
    'no',
    'No key is asked for again, unchanged, within 10m.',
  ],
  [
    'sets cookies',
    { signs: { ...told, set_cookie: 0.5, public: 1 } },
    'no',
    '50 % of its answers set a cookie, which nobody else may be given.',
  ],
  [
    'changes by its tags',
    { change: { share: 0.9, by: 'etag', writes: 0 } },
    'no',
    'It had changed at 90 % of its repeated requests, as their entity tags show.',
  ],
  [
    'changes by its sizes',
    { change: { share: 0.5, by: 'size', writes: 0 } },
    'no',
    'It had changed at 50 % of its repeated requests, as their sizes show.',
  ],
  [
    'changes by writes',
    { change: { share: 0.6, by: 'writes', writes: 900 } },
    'no',
    'It had changed at 60 % of its repeated requests, as the writes in the log show.',
  ],
  ['few hits', { knee: point(600, 0.09) }, 'no', 'Even a TTL of 10m answers only 9 % of its requests.'],
  [
    'changes, but hardly ever repeats',
    { change: { share: 1, by: 'etag', writes: 0 }, repeat_ratio: 0.004 },
    'cache',
    'A TTL of 10m',
  ],
  // For whom.
  [
    'public',
    { signs: { ...told, public: 1, authorization: 1 } },
    'cache',
    'its answers say that anybody may be given them.',
  ],
  [
    'both public and private',
    { signs: { ...told, public: 0.5, private: 0.5 } },
    'per-user',
    '50 % of its answers are marked private.',
  ],
  [
    'a file with cookies',
    { route: '/assets/:hash/app.js', signs: { ...told, cookie: 1 } },
    'cache',
    'a file is the same for everybody.',
  ],
  [
    'a private file',
    { route: '/exports/:id.pdf', signs: { ...told, private: 1 } },
    'per-user',
    '100 % of its answers are marked private.',
  ],
  [
    'whoever asks',
    { route: '/v1/me/permissions', signs: silent },
    'per-user',
    'its path means whoever asks.',
  ],
  [
    'a person',
    { route: '/v1/users/:id/settings', signs: { ...told, authorization: 1 } },
    'per-user',
    'its path names a person.',
  ],
  [
    'credentials',
    { signs: { ...told, authorization: 0.97, cookie: 1 } },
    'per-tenant',
    '97 % of its requests carry a credential.',
  ],
  ['cookies', { signs: { ...told, cookie: 0.6 } }, 'per-user', '60 % of its requests carry a cookie.'],
  ['a tenant', { route: '/orgs/:id/usage', signs: silent }, 'per-tenant', 'its path names a tenant.'],
  [
    'nothing is known',
    { signs: silent },
    'cache',
    'nothing speaks against it, though the log does not say who may see its answers.',
  ],
  [
    'nothing against it',
    {},
    'cache',
    'A TTL of 10m answers 80 % of its requests; nothing says that it is for some only.',
  ],
])('%s', (_, differs, verdict, why) => {
  const judgement = judge({ ...good, ...differs });
  expect(judgement.verdict).toBe(verdict);
  expect(judgement.why).toContain(why);
  // One sentence.
  expect(judgement.why).toMatch(/^[A-Z0-9].*\.$/);
});
