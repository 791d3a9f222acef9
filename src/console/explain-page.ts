import { edgeRequestOf } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import { bytes, duration, moment, NOTHING } from './format.ts';
import { badge, facts, type Html, html, type Mood, none, section, table } from './html.ts';
import { type Page, pathOf } from './layout.ts';
import type { Explanation } from './parts.ts';
import { problemBody } from './problem-page.ts';
import type { View } from './view.ts';

/** Why the next answer of a path, or of a key, is what it is. */
export async function explainPage({ c, admin, parts }: View): Promise<Page> {
  const edge = edgeRequestOf(c);
  const asked = askedIn(new URL(c.req.url).searchParams);
  const mayShowBody = admin.scopes.includes('body');
  const form = explainForm(asked, mayShowBody);
  const page = { at: 'explain', title: 'Explain' } as const;
  if (asked.what === '') return { ...page, body: html`${form}${intro}` };
  try {
    const explanation = await parts.explain(edge, c.env, admin, queryOf(asked));
    return { ...page, body: html`${form}${explanationBody(explanation)}` };
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'invalid-request') throw error;
    edge.error = error;
    return { ...page, body: html`${problemBody(error, edge.id)}${form}`, status: error.status };
  }
}

const intro = html`<p class="small">Nothing is asked of the origin, and nothing is changed.</p>`;

interface AskedExplanation {
  /** A path, which begins with a slash, or a key. */
  readonly what: string;
  readonly tenant: string;
  readonly user: string;
  readonly roles: string;
  readonly headers: readonly string[];
  readonly body: boolean;
}

function askedIn(query: URLSearchParams): AskedExplanation {
  const text = (name: string) => (query.get(name) ?? '').trim();
  return {
    what: text('path') || text('key') || text('what'),
    tenant: text('tenant'),
    user: text('user'),
    roles: text('roles'),
    headers: text('headers')
      .split(/\r?\n/)
      .map((it) => it.trim())
      .filter((it) => it !== ''),
    body: query.get('body') === '1',
  };
}

/** As `GET /-/explain` would be asked; a field that is empty is not given. */
function queryOf({ what, headers, body, ...names }: AskedExplanation): Record<string, unknown> {
  const given = Object.entries(names).filter(([, value]) => value !== '');
  return {
    [what.startsWith('/') ? 'path' : 'key']: what,
    ...Object.fromEntries(given),
    ...(headers.length > 0 && { header: headers }),
    ...(body && { body: '1' }),
  };
}

const explainForm = (
  { what, tenant, user, roles, headers, body }: AskedExplanation,
  mayShowBody: boolean,
): Html => html`<form class="ask" method="get" action="${pathOf('explain')}" role="search">
<label for="what">Path with its query, or a key</label>
<input id="what" name="what" value="${what}" placeholder="/v1/…" autocomplete="off" spellcheck="false" required>
<div class="pair"><div><label for="as-tenant">As tenant</label><input id="as-tenant" name="tenant" value="${tenant}" autocomplete="off"></div>
<div><label for="user">User</label><input id="user" name="user" value="${user}" autocomplete="off"></div>
<div><label for="roles">Roles, separated by commas</label><input id="roles" name="roles" value="${roles}" autocomplete="off"></div></div>
<details${headers.length > 0 ? html` open` : none}><summary>Headers</summary><label for="headers">One in each line, such as <code>Accept-Language: en</code></label>
<textarea id="headers" name="headers" rows="2">${headers.join('\n')}</textarea></details>
${
  mayShowBody
    ? html`<p><label class="choice"><input type="checkbox" name="body" value="1"${body ? html` checked` : none}> Show the body that is stored: somebody's data perhaps, and noted in the log under your name</label></p>`
    : none
}
<button>Explain</button>
</form>`;

const moods: Readonly<Record<string, Mood>> = {
  hit: 'good',
  stale: 'warn',
  miss: 'warn',
  bypass: 'calm',
  refused: 'bad',
  error: 'bad',
};

function explanationBody(it: Explanation): Html {
  const { outcome, reason, why, next_step: next } = it;
  const verdict = html`<div class="verdict"><p>${outcome === undefined ? none : badge(outcome, moods[outcome] ?? 'calm')} <strong>${why ?? ''}</strong></p>
${next ? html`<p>${next}</p>` : none}
<p><code>${it.cache_status ?? 'No Cache-Status'}</code>${reason === undefined ? none : html` <span class="small">reason ${reason}</span>`}</p>
${(it.errors ?? []).map(({ field, detail }) => html`<p><code>${field}</code> ${detail}</p>`)}
${(it.remarks ?? []).length > 0 ? html`<ul class="hints">${it.remarks?.map((one) => html`<li>${one}</li>`)}</ul>` : none}</div>`;
  const found =
    it.class === undefined
      ? none
      : html`<div class="columns">${requestFacts(it)}${entryFacts(it)}</div>
${tagsOf(it)}${purgesOf(it)}`;
  return html`${section('The next read', verdict)}${found}${bodyOf(it)}`;
}

const requestFacts = (it: Explanation): Html =>
  section(
    'Request',
    facts([
      [
        'Class',
        html`<a href="${pathOf('classes', `/${encodeURIComponent(it.class ?? '')}`)}">${it.class}</a>`,
      ],
      ['Route', it.route === null ? NOTHING : html`<code>${it.route}</code>`],
      ['Key', it.key ? html`<code>${it.key}</code>` : NOTHING],
      [
        'In Redis',
        it.redis_key && it.redis_key !== it.key ? html`<code>${it.redis_key}</code>` : 'under that key',
      ],
      ['Access', accessOf(it)],
      ['Roll-out', it.rollout ? `${it.mode}: ${it.rollout.says}` : NOTHING],
      [
        'By the cache',
        it.would_be ? html`<code>${it.would_be.cache_status}</code>` : 'as above, where the cache answers',
      ],
      ['Would fetch', fetchOf(it)],
      ['Status', it.status ?? 'as the origin says'],
    ]),
  );

function accessOf({ access }: Explanation): string {
  if (!access) return NOTHING;
  const may =
    access.may_read === null ? 'not known without a fetch' : access.may_read ? 'may read' : 'may not read';
  return `${access.rule}: ${may}${access.why === null ? '' : ` (${access.why})`}`;
}

function fetchOf({ would_fetch: by }: Explanation): Html | string {
  if (!by) return 'nothing';
  if (by.by === 'loader') return 'what its loader asks for';
  return html`<code>${by.method ?? 'GET'} ${by.path ?? ''}</code>${by.conditional ? ', whether what is stored still holds' : none}`;
}

const entryFacts = (it: Explanation): Html =>
  section(
    'Entry',
    it.stored
      ? facts([
          ['Stored', it.layer === 'l1' ? 'in isolate memory' : 'in Redis'],
          ['Fetched', moment(it.fetched_at ?? null)],
          ['Age', duration(it.age_ms ?? null)],
          ['ttl left', leftOf(it.ttl_ms ?? null)],
          ['Size', bytes(it.bytes ?? null)],
          ['Status', it.stored_status ?? NOTHING],
          ['Fresh until', moment(it.windows?.fresh_until ?? null)],
          ['While revalidated until', moment(it.windows?.stale_while_revalidate_until ?? null)],
          ['If error until', moment(it.windows?.stale_if_error_until ?? null)],
          ['Since', moment(it.since ?? null)],
          [
            'Trusted here',
            it.trusted
              ? html`${duration(it.trusted.ms)} more, then <code>${it.trusted.afterwards}</code>`
              : 'no, Redis is asked',
          ],
          ...lockOf(it),
        ])
      : html`<p>${it.stored === false ? 'Nothing is stored under this key.' : 'Not looked up.'}</p>${facts(lockOf(it))}`,
  );

const leftOf = (ms: number | null): string => {
  if (ms === null) return NOTHING;
  return ms >= 0 ? duration(ms) : `ended ${duration(-ms)} ago`;
};

function lockOf({ lock }: Explanation): [string, string][] {
  if (!lock) return [];
  const { state, failure } = lock;
  return [
    [
      'Lease',
      failure
        ? `${state}; the last fetch failed: ${failure.code}${failure.status === null ? '' : ` ${failure.status}`}`
        : state,
    ],
  ];
}

const generations: Readonly<Record<string, Mood>> = {
  same: 'good',
  changed: 'bad',
  missing: 'warn',
  soft: 'warn',
};

const tagsOf = ({ tags = [] }: Explanation): Html =>
  tags.length === 0
    ? none
    : section(
        'What purges it',
        table(
          'Tags and their generations',
          [
            { head: 'Kind', cell: (it) => it.kind },
            { head: 'Name', cell: (it) => html`<span class="names">${it.name ?? NOTHING}</span>` },
            {
              head: 'Generation',
              cell: ({ generation }) =>
                generation === null ? NOTHING : badge(generation, generations[generation] ?? 'calm'),
            },
            { head: 'Softly purged', cell: (it) => moment(it.soft_purged_at ?? null) },
          ],
          tags,
        ),
      );

const purgesOf = ({ purges = [] }: Explanation): Html =>
  purges.length === 0
    ? none
    : section(
        'Purges since it was fetched',
        table(
          'Purges that name it',
          [
            {
              head: 'Applied',
              cell: (it) =>
                html`<a href="${pathOf('purges', `/${encodeURIComponent(it.purge_id)}`)}">${moment(it.applied_at)}</a>`,
            },
            { head: 'Mode', cell: (it) => it.mode },
            { head: 'Source', cell: (it) => it.source },
            { head: 'Events', cell: (it) => it.events.join(', ') || NOTHING },
          ],
          purges,
        ),
      );

const bodyOf = ({ body }: Explanation): Html =>
  body === undefined
    ? none
    : section(
        'Body',
        body === null
          ? html`<p>None is stored.</p>`
          : html`<pre class="scroll" tabindex="0">${body.text ?? body.base64 ?? ''}</pre>${body.truncated ? html`<p class="small">It is longer than that.</p>` : none}`,
      );
