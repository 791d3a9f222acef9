import { decodeEntry, type Entry } from '../store/wire.ts';
import type { Context } from './context.ts';
import { type EntryFault, noteFailure } from './notes.ts';
import type { Subject } from './subject.ts';

/** Refuses, and notes, whatever is not this subject's entry. */
export async function ownEntryOf(
  { isolate: { meter }, notes }: Context,
  subject: Subject,
  text: string,
): Promise<Entry | undefined> {
  const reject = (fault: EntryFault): undefined => {
    noteFailure(notes, subject, `entry-${fault}`);
    meter.add('entry_faults', 1, subject.className, fault);
  };
  const entry = decodeEntry(text);
  if (typeof entry === 'string') return reject(entry);
  const fault = commonFaultOf(subject, entry) ?? (await subject.faultOf(entry));
  return fault === null ? entry : reject(fault);
}

function commonFaultOf({ names, owner }: Subject, entry: Entry): EntryFault | null {
  if (entry.fullKey !== names.fullKey) return 'of-another-key';
  if (owner && entry.principal.tenant !== owner.principal.tenant) return 'of-another-tenant';
  // A version of the class that declares fewer tags has filled it: a purge of one of the others would not meet it.
  return names.generationNames.every((name) => entry.generations.has(name)) ? null : 'of-another-definition'; // guard: all-declared-tags
}
