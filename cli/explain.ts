import { connect } from './api.ts';
import { defineCommand, type Values } from './args/definition.ts';
import { edgeOf } from './edge.ts';
import type { Environment } from './environment.ts';
import { explanationText } from './explanation.ts';
import { type ExitCode, exit, UsageError } from './failure.ts';
import { commonArgs } from './flags.ts';
import { printable } from './text.ts';

export const explainCommand = defineCommand({
  name: 'stillfresh',
  typed: 'npx stillfresh explain',
  description:
    'Says what the next read of a path would be answered from, why, and since when; nothing is changed, and no origin asked',
  args: {
    PATH: { type: 'positional', description: 'as a client asks for it, with its query: /v1/…' },
    key: {
      type: 'string',
      valueHint: 'KEY',
      group: 'of what, instead of a path',
      description: 'a key, as Cache-Status has it in development, with or without the namespace',
    },
    as: {
      type: 'string',
      valueHint: 'TENANT/USER',
      group: 'who asks',
      description: 'up to the first / is the tenant (default: nobody, who may read public data alone)',
    },
    roles: {
      type: 'string',
      valueHint: 'LIST',
      group: 'who asks',
      description: 'his roles, separated by commas',
    },
    header: {
      type: 'string',
      valueHint: "'NAME: VALUE'",
      multiple: true,
      group: 'who asks',
      description: 'a header of his request, by which the HTTP cache tells variants apart',
    },
    body: { type: 'boolean', description: 'shows what is stored, too; needs the scope body, and is audited' },
    ...commonArgs,
  },
  examples: [
    "npx stillfresh explain '/v1/dashboards/d1/kpis?range=2026-10' --as acme/ann",
    "npx stillfresh explain /docs/a --header 'Accept-Language: de'",
    'npx stillfresh explain --key invoice:v1:tenant:acme:inv_0001 --json',
  ],
  stray: 'give one path; quote it where it has a ? or an &',
  notes: `It is what the isolate that answers knows: another may hold an older copy for as long as the class's l1. Exit codes:
  0  explained, whatever the next read comes to
  2  the command or the request is refused: such as a key that no class has
  3  no connection, or the edge cannot answer`,
});

/** `stillfresh explain PATH`. */
export async function explain(
  flags: Values<typeof explainCommand.args>,
  environment: Environment,
): Promise<ExitCode> {
  const query = queryOf(flags);
  const explanation = await connect(edgeOf(flags.url, environment.env), environment).explain(query);
  const { json } = flags;
  const printed = json ? `${JSON.stringify(explanation)}\n` : explanationText(explanation, environment.now());
  environment.stdout.write(printed);
  return exit.done;
}

function queryOf({
  PATH: path,
  key,
  as,
  roles,
  header = [],
  body,
}: Values<typeof explainCommand.args>): URLSearchParams {
  if ((path === undefined) === (key === undefined))
    throw new UsageError('say of what: a path such as /v1/…, or --key KEY');
  if (path !== undefined && !path.startsWith('/'))
    throw new UsageError(`${printable(path)}: give the path alone, from its / on, with its query`);
  if (key !== undefined && (as !== undefined || roles !== undefined || header.length > 0))
    throw new UsageError('--key says by itself whose it is; leave out --as, --roles and --header');
  if (roles !== undefined && as === undefined) throw new UsageError('--roles goes with --as TENANT/USER');
  const query = new URLSearchParams();
  if (path !== undefined) query.set('path', path);
  if (key !== undefined) query.set('key', key);
  if (as !== undefined) {
    const at = as.indexOf('/');
    if (at < 1 || at === as.length - 1)
      throw new UsageError(`--as ${printable(as)}: give tenant and user, such as acme/ann`);
    query.set('tenant', as.slice(0, at));
    query.set('user', as.slice(at + 1));
  }
  if (roles !== undefined) query.set('roles', roles);
  for (const line of header) query.append('header', line);
  if (body) query.set('body', '1');
  return query;
}
