import { connect } from './api.ts';
import { edgeOf } from './edge.ts';
import { type ExitCode, exit, Failure, UsageError } from './failure.ts';
import { commonFlags, noMore, parseFlags } from './flags.ts';
import { afterMs, type Receipt } from './receipt.ts';
import type { Surroundings } from './surroundings.ts';
import { printable, seconds, table } from './text.ts';

/** `stillfresh purges`: a page of receipts, newest first. */
export async function purges(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  const { flags, rest } = parseFlags(args, {
    tenant: { type: 'string' },
    limit: { type: 'string' },
    cursor: { type: 'string' },
    ...commonFlags,
  });
  noMore(rest, 'a tenant is given by --tenant; npx stillfresh receipt ID shows one purge');
  const { tenant, limit, cursor } = flags;
  const page = await connect(edgeOf(flags.url, around.env), around).receipts({ tenant, limit, cursor });
  if (flags.json) {
    around.stdout.write(`${JSON.stringify(page)}\n`);
    return exit.done;
  }
  const head = ['PURGE', 'STATE', 'ACCEPTED', 'TENANT', 'SOURCE', 'WHAT'];
  if (page.purges.length > 0) around.stdout.write(table([head, ...page.purges.map(rowOf)]));
  else around.stderr.write('no purges\n');
  if (page.cursor !== null) around.stderr.write(`more: --cursor ${printable(page.cursor)}\n`);
  return exit.done;
}

/** `stillfresh receipt ID`: what became of one purge. */
export async function receipt(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  const { flags, rest } = parseFlags(args, commonFlags);
  const [id, ...more] = rest;
  if (!id) throw new UsageError('which purge? npx stillfresh receipt ID; npx stillfresh purges lists them');
  noMore(more, 'give one id');
  const { receipt } = await connect(edgeOf(flags.url, around.env), around).receipt(id);
  if (!receipt)
    throw new Failure(
      exit.refused,
      `there is no purge ${printable(id)}: receipts are kept for 7 days, as far as Redis has room`,
    );
  around.stdout.write(flags.json ? `${JSON.stringify(receipt)}\n` : table(linesOf(receipt)));
  return exit.done;
}

function rowOf(it: Receipt): string[] {
  const { purge_id, state, source } = it;
  return [purge_id, state, secondOf(it.accepted_at), whoseOf(it), source, whatOf(it, 60)].map(printable);
}

function linesOf(it: Receipt): string[][] {
  const { erasure } = it;
  const lines = [
    ['purge', it.purge_id],
    ['state', it.state],
    ['tenant', whoseOf(it)],
    ['what', whatOf(it)],
    ['mode', it.mode],
    ['source', it.source + (it.event_id ? `, event ${it.event_id}` : '')],
    ['accepted', it.accepted_at],
    ['applied', timeOf(it, it.applied_at)],
    ['verified', timeOf(it, it.verified_at)],
    ...(it.dead_at ? [['dead', timeOf(it, it.dead_at)]] : []),
    ['attempts', String(it.attempts)],
    ...(erasure
      ? [['erasure', `${erasure.state}: ${erasure.deleted} of ${erasure.scanned} names deleted`]]
      : []),
  ];
  return lines.map((line) => line.map(printable));
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
