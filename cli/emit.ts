import { connect } from './api.ts';
import { defineCommand, type Values } from './args/definition.ts';
import { edgeOf } from './edge.ts';
import type { Environment } from './environment.ts';
import type { ExitCode } from './failure.ts';
import { commonArgs, purgeExitCodes, watchArgs } from './flags.ts';
import { payloadOf } from './payload.ts';
import { notSent, timeoutMsOf, watch } from './watch.ts';

export const emitCommand = defineCommand({
  name: 'stillfresh',
  typed: 'npx stillfresh emit',
  description: 'Says that an event of the strategy has happened, and watches what it purges',
  args: {
    EVENT: {
      type: 'positional',
      required: 'which event? npx stillfresh emit EVENT; the events stand in routes/strategy.ts',
      description: 'the event, as the strategy calls it',
    },
    tenant: {
      type: 'string',
      valueHint: 'NAME',
      description: 'whose data it is about; left out for events of public data or of everyone',
    },
    payload: {
      type: 'string',
      valueHint: 'JSON|FILE|-',
      description: 'its fields: JSON, a file (@FILE too), or - for standard input',
    },
    set: {
      type: 'string',
      valueHint: 'NAME=VALUE',
      multiple: true,
      description:
        'one field, in place of --payload or beside it; VALUE is JSON where it is, else text: ids=["a","b"], and id="7" for a text of digits',
    },
    ...watchArgs,
    ...commonArgs,
  },
  examples: [
    'npx stillfresh emit invoice_paid --tenant acme --set invoice_id=inv_0001',
    `npx stillfresh emit metric_refresh_completed --tenant acme --set 'dashboard_ids=["d1","d2"]'`,
    `npx stillfresh emit invoice_paid --tenant acme --payload '{"invoice_id":"inv_0001"}'`,
  ],
  stray: 'give one event; a tenant is given by --tenant, its fields by --payload or --set',
  notes: purgeExitCodes,
});

/** `stillfresh emit`. */
export async function emit(
  flags: Values<typeof emitCommand.args>,
  environment: Environment,
): Promise<ExitCode> {
  timeoutMsOf(flags);
  const { payload, sets } = await payloadOf(flags, environment);
  const api = connect(edgeOf(flags.url, environment.env), environment);
  const { EVENT: event, tenant } = flags;
  const told = { event, ...(tenant !== undefined && { tenant }), payload };
  const accepted = await api.emit(told, sets).catch(notSent);
  return watch(accepted, { ...flags, api, environment });
}
