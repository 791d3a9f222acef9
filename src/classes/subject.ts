import type { Context } from '../engine/context.ts';
import type { EntryFault } from '../engine/notes.ts';
import type { Subject } from '../engine/subject.ts';
import type { Identity } from '../identity/identity.ts';
import type { EntryNames } from '../store/names.ts';
import type { Entry } from '../store/wire.ts';
import type { DataClass, Params } from '../strategy/types.ts';
import type { Load } from './load.ts';
import { isOfAnotherTemplate } from './template-mark.ts';
import { entryValue, NO_VALUE } from './value.ts';

/** One entry of a data class as one request needs it. */
export interface ClassSubject extends Subject {
  readonly cls: DataClass;
  readonly params: Params;
  /** Only of a cache-aside class. */
  readonly load: Load | undefined;
  /** Code reads its value: to it an entry without one is no entry. */
  readonly readsValue: boolean;
}

const classSubject = (
  cls: DataClass,
  params: Params,
  owner: Identity | null,
  names: EntryNames,
  load: Load | undefined,
  readsValue: boolean,
): ClassSubject => ({
  cls,
  params,
  owner,
  names,
  load,
  readsValue,
  className: cls.name,
  tagsFromAnswer: cls.tagsFromAnswer,
  l1Ms: cls.l1Ms,
  lifeMs: cls.ttlMs + Math.max(cls.swrMs, cls.sieMs),
  windowsOf: () => cls,
  faultOf: (entry) => classFaultOf(cls, owner, entry, readsValue),
});

function classFaultOf(
  cls: DataClass,
  owner: Identity | null,
  entry: Entry,
  readsValue: boolean,
): ReturnType<Subject['faultOf']> {
  if (isOfAnotherTemplate(cls, entry)) return 'of-another-definition'; // guard: key-template
  if (cls.scope === 'user' && entry.principal.user !== owner?.principal.user) return 'of-another-user';
  // What a loader gives is JSON, of which nothing is none; versions that took whatever it gave have stored such.
  if (cls.read === 'cache-aside' && entry.length === 0) return 'of-another-shape';
  return cls.value || readsValue ? shapeFaultOf(cls, entry) : null;
}

async function shapeFaultOf(cls: DataClass, entry: Entry): Promise<EntryFault | null> {
  return (await entryValue(cls, entry)) === NO_VALUE ? 'of-another-shape' : null;
}

/** At once where this isolate has made the names before. */
export function subjectOf(
  { isolate, identity }: Context,
  cls: DataClass,
  params: Params,
  load?: Load,
  readsValue = false,
): ClassSubject | Promise<ClassSubject> {
  const owner = cls.scope === 'public' ? null : identity;
  const names = isolate.names.entry(cls, owner, params);
  if (!(names instanceof Promise)) return classSubject(cls, params, owner, names, load, readsValue);
  return names.then((made) => classSubject(cls, params, owner, made, load, readsValue));
}
