import { connect } from './api.ts';
import { defineCommand, type Values } from './args/definition.ts';
import { edgeOf } from './edge.ts';
import type { Environment } from './environment.ts';
import type { ExitCode } from './failure.ts';
import { commonArgs, purgeExitCodes, watchArgs } from './flags.ts';
import { orderArgs, orderOf } from './order.ts';
import { notSent, timeoutMsOf, watch } from './watch.ts';

export const purgeCommand = defineCommand({
  name: 'stillfresh',
  typed: 'npx stillfresh purge',
  description: 'Purges by hand, and watches until it counts everywhere',
  args: { ...orderArgs, ...watchArgs, ...commonArgs },
  examples: [
    'npx stillfresh purge --tenant acme --tag invoice:inv_0001',
    'npx stillfresh purge --tenant acme --class invoice --soft',
    'npx stillfresh purge --public --tag "uri:/list?page=2" --strict',
  ],
  stray: 'a tag is given by --tag, a tenant by --tenant',
  notes: purgeExitCodes,
});

/** `stillfresh purge`. */
export async function purge(
  flags: Values<typeof purgeCommand.args>,
  environment: Environment,
): Promise<ExitCode> {
  timeoutMsOf(flags);
  const order = orderOf(flags);
  const api = connect(edgeOf(flags.url, environment.env), environment);
  const accepted = await api.purge(order).catch(notSent);
  return watch(accepted, { ...flags, api, environment });
}
