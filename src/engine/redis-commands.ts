import type {
  Fill,
  Lease,
  LeaseReply,
  Metrics,
  Purge,
  Purged,
  ReceiptToWrite,
  Release,
} from '../store/port.ts';

/** HTTP requests, and commands in them, of one call of a verb. A server that has forgotten a script is sent it once more, which is not counted. */
export function sent(
  verb: string,
  [first]: readonly unknown[],
  reply: unknown,
): { requests: number; commands: number } {
  if (
    (verb === 'read' || verb === 'figures' || verb === 'remove') &&
    (first as readonly string[]).length === 0
  )
    return { requests: 0, commands: 0 };
  if (verb !== 'purge' || (reply as Purged | undefined)?.applied !== 'deleted')
    return { requests: 1, commands: 1 };
  // There was no room: what could not be replaced was renamed, and deleted.
  return { requests: 2, commands: 2 + purgedNames(first as Purge) };
}

/**
 * Commands as they are billed: a script, and each command that it runs inside (Upstash's pricing, as docs/decisions.md has it). An estimate: it
 * takes what the scripts of scripts.ts do when all goes well, and of what they answer no more than changes it much.
 */
export function billed(verb: string, args: readonly unknown[], reply: unknown): number {
  const inScript = inScripts[verb];
  return inScript ? 1 + inScript(args[0] as never, reply as never) : sent(verb, args, reply).commands;
}

const inScripts: Readonly<Record<string, (asked: never, reply: never) => number>> = {
  // Of each generation SET, PEXPIRE and GET; of the lock SET, else GET and PTTL too; the entry.
  lease: ({ generationNames, lastName, takeLock }: Lease, reply: LeaseReply | undefined) =>
    3 * (generationNames.length + (lastName === undefined ? 0 : 1)) +
    (takeLock ? (reply?.granted === false ? 4 : 2) : 0),
  // The lock is read and deleted; of each generation GET and PEXPIRE, of a late one SET too; the entry, and what stands beside it.
  fill: ({ captured, uncaptured, beside = [] }: Fill) =>
    3 +
    2 * captured.length +
    (uncaptured ? 1 + 3 * uncaptured.generationNames.length : 0) +
    2 * beside.length,
  release: ({ failed }: Release) => (failed ? 4 : 2),
  purge: (purge: Purge, reply: Purged | undefined) =>
    reply?.applied === 'already'
      ? 1
      : 1 +
        lastsOf(purge) +
        purgedNames(purge) +
        (purge.softNames?.length ?? (purge.mode === 'soft' ? purge.generationNames.length : 0)) +
        (reply?.applied === 'nothing' ? 0 : 4 + writtenFor(purge.receipt)) +
        (purge.entryToStore ? 2 + 3 * purge.entryToStore.captured.length : 0),
  accept: (receipt: ReceiptToWrite) => 5 + writtenFor(receipt),
  verify: () => 3,
  bury: (receipt: ReceiptToWrite) => 3 + writtenFor(receipt),
  swap: () => 2,
  settle: ({ values, told }: Parameters<Metrics['settle']>[0]) =>
    2 + values.reduce((all, { keys }) => all + keys.length, 0) + (told ? 1 : 0),
};

const purgedNames = ({ generationNames, softNames = [] }: Purge) => generationNames.length + softNames.length;
const lastsOf = ({ lastName, publicLastName }: Purge) =>
  (lastName === undefined ? 0 : 1) + (publicLastName === undefined ? 0 : 1);
/** In each list that names it. */
const writtenFor = ({ names: { lists } }: ReceiptToWrite) => 4 * lists.length;
