import { bounds } from '../src/bounds.ts';
import { connect } from './api.ts';
import { pasted } from './args/check.ts';
import { defineCommand, type Values } from './args/definition.ts';
import { edgeOf } from './edge.ts';
import type { Environment } from './environment.ts';
import { type ExitCode, exit, Failure } from './failure.ts';
import { commonArgs } from './flags.ts';
import { metWords } from './met.ts';
import { afterMs, type Receipt, whyNoQueue } from './receipt.ts';
import { printable, seconds, table } from './text.ts';

const exitCodes = `Exit codes:
  0  shown
  2  the command or the request is refused, or there is no such purge
  3  no connection, or the edge cannot answer`;

export const purgesCommand = defineCommand({
  name: 'stillfresh',
  typed: 'npx stillfresh purges',
  description: 'Shows what became of purges, newest first',
  args: {
    tenant: { type: 'string', valueHint: 'NAME', description: 'of this tenant (default: of all)' },
    limit: { type: 'string', valueHint: 'N', description: 'so many, from 1 to 100 (default 20)' },
    cursor: { type: 'string', valueHint: 'C', description: 'goes on where the last page ended' },
    ...commonArgs,
  },
  examples: ['npx stillfresh purges --tenant acme', 'npx stillfresh purges --limit 100 --json'],
  stray: 'a tenant is given by --tenant; npx stillfresh receipt ID shows one purge',
  notes: exitCodes,
});

export const receiptCommand = defineCommand({
  name: 'stillfresh',
  typed: 'npx stillfresh receipt',
  description: 'Shows what became of one purge',
  args: {
    ID: {
      type: 'positional',
      required: 'which purge? npx stillfresh receipt ID; npx stillfresh purges lists them',
      description: 'as the purge printed it: pur_…',
    },
    ...commonArgs,
  },
  stray: 'give one id',
  notes: exitCodes,
});

/** `stillfresh purges`: a page of receipts. */
export async function purges(
  flags: Values<typeof purgesCommand.args>,
  environment: Environment,
): Promise<ExitCode> {
  const { url, tenant, limit, cursor } = flags;
  const page = await connect(edgeOf(url, environment.env), environment).receipts({ tenant, limit, cursor });
  if (flags.json) {
    environment.stdout.write(`${JSON.stringify(page)}\n`);
    return exit.done;
  }
  const head = ['PURGE', 'STATE', 'MODE', 'ACCEPTED', 'TENANT', 'SOURCE', 'MET', 'WHAT'];
  if (page.purges.length > 0) environment.stdout.write(table([head, ...page.purges.map(rowOf)]));
  else environment.stderr.write('no purges\n');
  if (page.cursor !== null)
    environment.stderr.write(`more: ${commandOf({ url, tenant, limit, cursor: printable(page.cursor) })}\n`);
  return exit.done;
}

/** The command, to be pasted. */
function commandOf(flags: Readonly<Record<string, string | undefined>>): string {
  const words = Object.entries(flags).flatMap(([name, value]) => (value ? [pasted(`--${name}`, value)] : []));
  return ['npx stillfresh purges', ...words].join(' ');
}

/** `stillfresh receipt ID`. */
export async function receipt(
  flags: Values<typeof receiptCommand.args>,
  environment: Environment,
): Promise<ExitCode> {
  const { ID: id } = flags;
  const { receipt } = await connect(edgeOf(flags.url, environment.env), environment).receipt(id);
  if (!receipt)
    throw new Failure(
      exit.refused,
      `there is no purge ${printable(id)}: receipts are kept for 7 days, as far as Redis has room`,
    );
  environment.stdout.write(flags.json ? `${JSON.stringify(receipt)}\n` : table(linesOf(receipt)));
  return exit.done;
}

function rowOf(it: Receipt): string[] {
  const { purge_id, state, mode, source, events = [], met } = it;
  const from = events.length > 0 ? `${source} (${events.join(', ')})` : source;
  return [
    purge_id,
    state,
    mode,
    secondOf(it.accepted_at),
    whoseOf(it),
    from,
    String(met ?? '-'),
    whatOf(it, 60),
  ].map(printable);
}

function linesOf(it: Receipt): string[][] {
  const { erasure, events = [], met } = it;
  const lines = [
    ['purge', it.purge_id],
    ['state', it.state],
    ['tenant', whoseOf(it)],
    ['what', whatOf(it)],
    ['mode', it.mode === 'soft' ? 'soft: may be served stale while it is fetched anew' : 'hard'],
    ['source', it.source + (it.event_id ? `, event ${it.event_id}` : '')],
    ...(events.length > 0 ? [['events', events.join(', ')]] : []),
    ['accepted', it.accepted_at],
    ['applied', timeOf(it, it.applied_at)],
    ...(it.applied_via ? [['how', howApplied(it.applied_via, it)]] : []),
    ...(typeof met === 'number' ? [['met', metWords(it) ?? 'each of its names']] : []),
    ['verified', timeOf(it, it.verified_at)],
    ...(it.dead_at ? [['dead', timeOf(it, it.dead_at)]] : []),
    ['attempts', String(it.attempts)],
    ...(erasure
      ? [['erasure', `${erasure.state}: ${erasure.deleted} of ${erasure.scanned} names deleted`]]
      : []),
  ];
  return lines.map((line) => line.map(printable));
}

/** Who applied it, as people say it; a way of a later edge by its name. */
function howApplied(via: string, it: Receipt): string {
  const words = new Map([
    ['write', 'by the write itself'],
    ['eager', it.source.startsWith('admin:') ? 'at once, beside the queue' : 'by the hook, beside the queue'],
    ['delivery', 'by the queue'],
    ['direct', `at once, because ${whyNoQueue(it)}`],
    ['verification', `again, by the look after ${bounds.verifyAfterMs / 1000} s`],
    ['sweep', 'by the cron'],
  ]);
  return words.get(via) ?? via;
}

const whoseOf = ({ tenant, whose }: Receipt): string =>
  tenant ?? (whose && { public: '(public)', everyone: '(all)' }[whose]) ?? '-';

/** Tags say by themselves what they are; the rest is named. */
function whatOf(
  { tags, classes, users, everything, erasure }: Receipt,
  most = Number.POSITIVE_INFINITY,
): string {
  const all = [
    ...(everything ? [erasure ? 'everything, erased' : 'everything'] : []),
    ...classes.map((it) => `class ${it}`),
    ...users.map((it) => `user ${it}`),
    ...tags,
  ];
  const text = all.join(', ');
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

const secondOf = (time: string): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

const timeOf = (it: Receipt, time: string | null): string =>
  time === null ? 'not yet' : `${time}, after ${seconds(afterMs(it, time)!)}`;
