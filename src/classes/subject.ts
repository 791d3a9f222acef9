import type { Context } from '../engine/context.ts';
import type { Windows } from '../engine/judge.ts';
import type { EntryFault } from '../engine/notes.ts';
import type { Subject } from '../engine/subject.ts';
import type { Identity } from '../identity/identity.ts';
import type { EntryNames } from '../store/names.ts';
import type { Entry } from '../store/wire.ts';
import type { DataClass, Params } from '../strategy/data-class.ts';
import type { Load } from './load.ts';
import { entryValue, NO_VALUE } from './value.ts';

/** One entry of a data class as one request needs it. */
export class ClassSubject implements Subject {
  readonly cls: DataClass;
  readonly params: Params;
  readonly owner: Identity | null;
  readonly names: EntryNames;
  /** Only of a cache-aside class. */
  readonly load: Load | undefined;

  constructor(
    cls: DataClass,
    params: Params,
    owner: Identity | null,
    names: EntryNames,
    load: Load | undefined,
  ) {
    this.cls = cls;
    this.params = params;
    this.owner = owner;
    this.names = names;
    this.load = load;
  }

  get className(): string {
    return this.cls.name;
  }

  get tagsFromAnswer(): boolean {
    return this.cls.tagsFromAnswer;
  }

  get l1Ms(): number {
    return this.cls.l1Ms;
  }

  get lifeMs(): number {
    return this.cls.ttlMs + Math.max(this.cls.swrMs, this.cls.sieMs);
  }

  windowsOf(): Windows {
    return this.cls;
  }

  faultOf(entry: Entry): EntryFault | null | Promise<EntryFault | null> {
    const { cls, owner } = this;
    if (cls.scope === 'user' && owner && entry.principal.user !== owner.principal.user)
      return 'of-another-user';
    return cls.value ? shapeFaultOf(cls, entry) : null;
  }
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
): ClassSubject | Promise<ClassSubject> {
  const owner = cls.scope === 'public' ? null : identity;
  const names = isolate.names.entry(cls, owner, params);
  if (!(names instanceof Promise)) return new ClassSubject(cls, params, owner, names, load);
  return names.then((made) => new ClassSubject(cls, params, owner, made, load));
}
