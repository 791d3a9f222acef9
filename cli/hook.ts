import { randomUUID } from 'node:crypto';
import type { Scheme } from '../src/invalidation/signature/scheme.ts';
import { connect } from './api.ts';
import { shown } from './args/check.ts';
import { defineCommand, type Values } from './args/definition.ts';
import { edgeForHooks } from './edge.ts';
import type { Environment, HookSource } from './environment.ts';
import { type ExitCode, exit, Failure, UsageError } from './failure.ts';
import { commonArgs, purgeExitCodes, watchArgs } from './flags.ts';
import { secretOf, sourceOf } from './hook-sources.ts';
import { payloadBytes } from './payload.ts';
import { headerOf, sign } from './sign.ts';
import { printable } from './text.ts';
import { notSent, timeoutMsOf, watch } from './watch.ts';

export const hookCommand = defineCommand({
  name: 'stillfresh',
  typed: 'npx stillfresh hook',
  description: 'Signs a webhook as its sender would, sends it to the edge, and watches what it purges',
  args: {
    SOURCE: {
      type: 'positional',
      required:
        'which source? npx stillfresh hook SOURCE --payload FILE; the sources stand in routes/, as webhooks() has them',
      description: 'who sends it, as webhooks() in routes/ calls it; its scheme says how it is signed',
    },
    payload: {
      type: 'string',
      valueHint: 'FILE|JSON|-',
      required: 'say what is sent: a file, JSON, or - for standard input',
      description: 'what is sent, byte for byte: a file (@FILE too), JSON, or - for standard input',
    },
    type: {
      type: 'string',
      valueHint: 'TYPE',
      description: "the event's type, where the sender says it in a header (github, shopify)",
    },
    id: {
      type: 'string',
      valueHint: 'ID',
      description: "the event's id, where the sender says it in a header (default: a new one each time)",
    },
    'secret-env': {
      type: 'string',
      valueHint: 'NAME',
      description: 'the variable that holds the secret (default: HOOK_SECRET_<SOURCE>)',
    },
    ...watchArgs,
    ...commonArgs,
  },
  examples: [
    'npx stillfresh hook stripe --payload invoice-paid.json',
    `npx stillfresh hook app --payload '{"type":"invoice_paid","data":{"tenant_id":"acme","invoice_id":"inv_0001"}}'`,
    'npx stillfresh hook github --type membership --payload - < membership.json',
  ],
  stray: 'give one source; what is sent is given by --payload',
  notes: `The secret comes from the environment alone: whoever lists the machine's processes sees flags. Of several, separated by
commas, the first signs. Watching needs the admin token as well; without one, the command ends once the edge has accepted.

An event that the edge ignores (a type that is not mapped, a tenant that nobody knows) is told, and is exit code 0; with
--strict it is 4. ${purgeExitCodes}`,
});

/** `stillfresh hook`. */
export async function hook(
  flags: Values<typeof hookCommand.args>,
  environment: Environment,
): Promise<ExitCode> {
  timeoutMsOf(flags);
  const { SOURCE: name, json, strict } = flags;
  const source = await sourceOf(name, environment);
  const { scheme } = source;
  const type = typeOf(flags.type, name, source, scheme);
  const id = idOf(flags.id, name, scheme);
  const [secretFrom, secret] = secretOf(name, scheme, flags['secret-env'], environment);
  const body = await payloadBytes(flags.payload, environment);
  const signed = sign({ scheme, secret, body, id, type, nowMs: environment.now() });
  const edge = edgeForHooks(flags.url, environment.env);
  const api = connect(edge, environment);
  const answer = await api.hook(name, signed, secretFrom).catch(notSent);
  if ('ignored' in answer) return ignored(answer.ignored, { name, source, json, strict, environment });
  const wait = flags.wait && edge.token !== null;
  if (flags.wait && !wait && !json)
    environment.stderr.write('accepted; set STILLFRESH_TOKEN to watch what becomes of it\n');
  return watch(answer, { ...flags, wait, api, environment });
}

function typeOf(
  type: string | undefined,
  name: string,
  { events }: HookSource,
  scheme: Scheme,
): string | undefined {
  const place = headerOf(scheme.type);
  const known = `mapped are ${events.join(', ')}`;
  if (place && type === undefined)
    throw new UsageError(`--type is missing: ${name} says the type in ${place.header}; ${known}`);
  if (!place && type !== undefined)
    throw new UsageError(`--type: ${name} says the type in the payload; leave out --type`);
  mustFitHeader('--type', type);
  return type;
}

function idOf(id: string | undefined, name: string, scheme: Scheme): string {
  const isInHeader = scheme.id !== null && 'header' in scheme.id;
  if (!isInHeader && id !== undefined)
    throw new UsageError(`--id: ${name} says no id in a header; leave out --id`);
  mustFitHeader('--id', id);
  return id ?? randomUUID();
}

/** Without a dot, which separates an id from what is signed beside it. */
function mustFitHeader(flag: string, value = 'x'): void {
  const fits = flag === '--id' ? /^[\x21-\x2d\x2f-\x7e]{1,256}$/ : /^[\x21-\x7e]{1,256}$/;
  if (!fits.test(value))
    throw new UsageError(
      `${flag} ${shown(value)}: give at most 256 letters, digits and signs of ASCII, without spaces${flag === '--id' ? ' and dots' : ''}`,
    );
}

interface Ignoring {
  readonly name: string;
  readonly source: HookSource;
  readonly json: boolean;
  readonly strict: boolean;
  readonly environment: Environment;
}

function ignored(why: string, { name, source, json, strict, environment }: Ignoring): ExitCode {
  const words = new Map([
    ['type', `no event of this type is mapped; mapped are ${source.events.join(', ')}`],
    ['event', 'its mapping says that this one means nothing here, or its lists are empty'],
    ['tenant', 'its mapping knows no tenant for it'],
  ]);
  const said = `${name}: ignored: ${printable(words.get(why) ?? why)}`;
  if (json) environment.stdout.write(`${JSON.stringify({ ignored: why })}\n`);
  if (strict) throw new Failure(exit.metNothing, `--strict: ${said}`);
  if (!json) environment.stderr.write(`${said}\n`);
  return exit.done;
}
