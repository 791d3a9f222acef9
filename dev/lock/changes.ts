import type { Basis } from '../../src/rollout/fingerprint.ts';
import type { ClassEntry } from '../description.ts';
import type { Lock } from './file.ts';
import { schemaChanges } from './schema-changes.ts';

/** What became of a class since the lock was written. */
export interface ClassChange {
  readonly name: string;
  readonly is: 'new' | 'changed' | 'removed' | 'unchanged';
  /** What of it, each in a few words. */
  readonly what: readonly string[];
  /** Whether the changed Worker finds none of what the one before has stored. */
  readonly isCold: boolean;
  /** As it is now; absent of one that is removed. */
  readonly now?: ClassEntry;
}

/** All classes, those of the strategy in its order, then those that are gone. */
export function changesSince(lock: Lock, classes: readonly ClassEntry[]): readonly ClassChange[] {
  const kept = classes.map((now): ClassChange => {
    const { name } = now;
    const before = lock.get(name);
    if (!before) return { name, is: 'new', what: [], isCold: true, now };
    if (before.fingerprint === now.fingerprint)
      return { name, is: 'unchanged', what: [], isCold: false, now };
    return { name, is: 'changed', ...differencesOf(before, now.basis), now };
  });
  const names = new Set(classes.map(({ name }) => name));
  const gone = [...lock.keys()].filter((name) => !names.has(name));
  return [...kept, ...gone.map((name): ClassChange => ({ name, is: 'removed', what: [], isCold: false }))];
}

function differencesOf(was: Basis, is: Basis): Pick<ClassChange, 'what' | 'isCold'> {
  const differs = (part: keyof Basis) => JSON.stringify(was[part]) !== JSON.stringify(is[part]);
  const plain = (['key', 'version', 'scope'] as const).filter(differs);
  const added = is.tags.filter((tag) => !was.tags.includes(tag));
  const removed = was.tags.filter((tag) => !is.tags.includes(tag));
  const what = [
    ...plain.map((part) => `${part} changed: ${JSON.stringify(was[part])} → ${JSON.stringify(is[part])}`),
    ...(differs('tags') ? [`tags changed: ${signed('+', added)}${signed('-', removed)}`.trimEnd()] : []),
    ...(differs('tagsFromAnswer')
      ? [
          `its answers may ${is.tagsFromAnswer ? '' : 'not '}name tags ${is.tagsFromAnswer ? 'now' : 'any more'}`,
        ]
      : []),
    ...(differs('value') ? [`value changed: ${valueChange(was.value, is.value)}`] : []),
  ];
  // Of another shape may be one value and not the next: each is looked at as it is read.
  return {
    what: what.length > 0 ? what : ['how its fingerprint is made'],
    isCold: plain.length + added.length > 0,
  };
}

const signed = (sign: string, tags: readonly string[]) =>
  tags.map((tag) => `${sign} ${JSON.stringify(tag)} `).join('');

function valueChange(was: Basis['value'], is: Basis['value']): string {
  if (was === null) return 'it has a schema now';
  return is === null ? 'it has no schema any more' : schemaChanges(was, is);
}
