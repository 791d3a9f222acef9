import type { Identity } from '../identity/identity.ts';
import type { EntryNames } from '../store/names.ts';
import type { Entry } from '../store/wire.ts';
import type { Context } from './context.ts';
import type { Windows } from './judge.ts';
import type { EntryFault } from './notes.ts';

/** One entry as one request needs it: its names, whose it is, and how long it lives. Each front end has its own kind. */
export interface Subject {
  /** First part of its key; names its lock too. */
  readonly className: string;
  readonly names: EntryNames;
  /** Null for public data. */
  readonly owner: Identity | null;
  /** Answers may name tags that are not known before (late tags). */
  readonly tagsFromAnswer: boolean;
  /** How long an isolate may answer from its memory without a word from Redis. */
  readonly l1Ms: number;
  /** How long Redis keeps an entry: its ttl and its longest window. */
  readonly lifeMs: number;
  windowsOf(entry: Entry): Windows;
  /** Why an entry that stands under this key is not this subject's; null: it is. */
  faultOf(entry: Entry): EntryFault | null | Promise<EntryFault | null>;
}

/** Where the names of late tags stand, when their fill was refused. */
export const lateKeyOf = ({ isolate }: Context, { className, names }: Subject): Promise<string> =>
  isolate.names.late(className, names.fullKey);
