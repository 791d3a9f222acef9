/** What `npm run strategy -- --check` looks for, by the name under which a definition silences it. */
export type LintRule =
  | 'access-caps-stale-if-error'
  | 'colliding-keys'
  | 'cost-over-budget'
  | 'event-purges-nothing'
  | 'max-age-below-ttl'
  | 'permissions-without-role-event'
  | 'source-without-secret'
  | 'stale-beyond-freshness'
  | 'tag-never-purged'
  | 'ttl-without-event'
  | 'unbounded-parameter'
  | 'unversioned-change'
  | 'user-data-without-user'
  | 'write-leaves-list-stale';

/** Findings that are meant, each with the reason why; the document prints it. */
export type Silences = { readonly [R in LintRule]?: string };
