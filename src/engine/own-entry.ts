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
  return owner && entry.principal.tenant !== owner.principal.tenant ? 'of-another-tenant' : null;
}
