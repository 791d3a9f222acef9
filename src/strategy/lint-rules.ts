/** What `npm run strategy -- --check` looks for, by the name under which a definition silences it. */
export type LintRule =
  | 'access-caps-stale-if-error'
  | 'changed-without-version'
  | 'cost-above-budget'
  | 'event-purges-nothing'
  | 'keys-can-collide'
  | 'no-event'
  | 'permissions-without-role-event'
  | 'public-max-age-below-ttl'
  | 'source-without-secret'
  | 'stale-beyond-need'
  | 'tag-nobody-purges'
  | 'unbounded-parameter'
  | 'user-data-without-user'
  | 'write-leaves-list-stale';

/** Findings that are meant, each with the reason why; the document prints it. */
export type Silences = { readonly [R in LintRule]?: string };
