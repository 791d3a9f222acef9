import { bounds } from '../src/bounds.ts';
import type { AskedPurge } from '../src/strategy/purge-order.ts';
import type { Args, Values } from './args/definition.ts';
import { UsageError } from './failure.ts';

const WHOSE = 'whose data, one of';
const WHAT = 'what, one or more of';

export const orderArgs = {
  tenant: { type: 'string', valueHint: 'NAME', group: WHOSE, description: "a tenant's" },
  public: { type: 'boolean', group: WHOSE, description: 'data that belongs to no tenant' },
  'all-tenants': { type: 'boolean', group: WHOSE, description: "every tenant's; with --class alone" },
  tag: {
    type: 'string',
    valueHint: 'TAG',
    multiple: true,
    group: WHAT,
    description: 'entries with exactly this tag',
  },
  class: {
    type: 'string',
    valueHint: 'NAME',
    multiple: true,
    group: WHAT,
    description: 'entries of this class',
  },
  user: {
    type: 'string',
    valueHint: 'NAME',
    multiple: true,
    group: WHAT,
    description: 'entries of this user',
  },
  everything: {
    type: 'boolean',
    group: WHAT,
    description: 'all of it; with --erase it is deleted from Redis too, not only unusable',
  },
  erase: { type: 'boolean', group: 'how', description: 'with --tenant NAME --everything: delete it too' },
  soft: {
    type: 'boolean',
    group: 'how',
    description: 'may be served stale while it is fetched anew (default: never again)',
  },
} as const satisfies Args;

type OrderFlags = Values<typeof orderArgs>;

/** The order that the flags give. The edge has the last word; what can be seen here need not be sent. */
export function orderOf(flags: OrderFlags): AskedPurge {
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
