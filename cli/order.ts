import { bounds } from '../src/bounds.ts';
import { UsageError } from './failure.ts';
import type { parseFlags } from './flags.ts';

/** What `POST /-/purge` takes. */
export interface Order {
  readonly tenant?: string;
  readonly public?: true;
  readonly all_tenants?: true;
  readonly tags?: readonly string[];
  readonly classes?: readonly string[];
  readonly users?: readonly string[];
  readonly everything?: true;
  readonly erase?: true;
  readonly mode: 'hard' | 'soft';
}

export const orderFlags = {
  tenant: { type: 'string' },
  public: { type: 'boolean' },
  'all-tenants': { type: 'boolean' },
  tag: { type: 'string', multiple: true },
  class: { type: 'string', multiple: true },
  user: { type: 'string', multiple: true },
  everything: { type: 'boolean' },
  erase: { type: 'boolean' },
  soft: { type: 'boolean' },
} as const;

type OrderFlags = ReturnType<typeof parseFlags<typeof orderFlags>>['flags'];

/** The order that the flags give. The edge has the last word; what can be seen here need not be sent. */
export function orderOf(flags: OrderFlags): Order {
  mustFit(flags);
  const { tenant, tag, class: classes, user } = flags;
  return {
    ...(tenant !== undefined && { tenant }),
    ...(flags.public && { public: true }),
    ...(flags['all-tenants'] && { all_tenants: true }),
    ...(tag && { tags: tag }),
    ...(classes && { classes }),
    ...(user && { users: user }),
    ...(flags.everything && { everything: true }),
    ...(flags.erase && { erase: true }),
    mode: flags.soft ? 'soft' : 'hard',
  };
}

function mustFit(flags: OrderFlags): void {
  const { tenant, tag, class: classes, user, everything, erase, soft } = flags;
  const owners = [tenant !== undefined, flags.public, flags['all-tenants']].filter(Boolean).length;
  if (owners !== 1) throw new UsageError('say whose data: one of --tenant NAME, --public or --all-tenants');
  if (!tag && !classes && !user && !everything)
    throw new UsageError('say what to purge: --tag TAG, --class NAME, --user NAME or --everything');
  for (const [flag, values] of Object.entries({ tag, class: classes, user })) {
    if (values && values.length > bounds.tagsPerPurge)
      throw new UsageError(
        `--${flag} is given ${values.length} times; at most ${bounds.tagsPerPurge} go into one purge, send several`,
      );
  }
  if (flags['all-tenants'] && (tag || user || everything))
    throw new UsageError('--all-tenants goes with --class alone; purge the rest for each --tenant');
  if (flags.public && user)
    throw new UsageError('--user goes with --tenant: public data is kept for no user');
  if (erase && !(everything && tenant !== undefined))
    throw new UsageError('--erase goes with --tenant NAME --everything');
  if (erase && soft)
    throw new UsageError('--erase and --soft: what is deleted cannot be served stale; leave out one');
}
