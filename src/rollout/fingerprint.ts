import * as z from 'zod';
import { mixed } from '../hash.ts';
import type { DataClass } from '../strategy/types.ts';

/**
 * What an entry of the class is, in 16 hexadecimal digits: its key, version, scope, tags and the shape of its value. Where one of them changes, what
 * the class stores is something else, and its roll-out begins anew.
 */
export function fingerprintOf(cls: DataClass): string {
  let known = fingerprints.get(cls);
  if (known === undefined) {
    known = digestOf(JSON.stringify(basisOf(cls)));
    fingerprints.set(cls, known);
  }
  return known;
}

const fingerprints = new WeakMap<DataClass, string>();

/** What a fingerprint is of. */
export type Basis = ReturnType<typeof basisOf>;

/** Each part by itself, so that it can be said which one has changed. */
export function basisOf({ definition, version, scope, tagsFromAnswer, value }: DataClass) {
  return {
    key: definition.key,
    version,
    scope,
    tags: [...(definition.tags ?? [])].sort(),
    tagsFromAnswer,
    value: value ? z.toJSONSchema(value, { unrepresentable: 'any', io: 'input' }) : null,
  };
}

/** Not against an attacker: whoever can change it can change the class. */
function digestOf(text: string): string {
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (const byte of new TextEncoder().encode(text)) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca6b) ^ (b >>> 15);
  }
  return [a, b].map((it) => mixed(it).toString(16).padStart(8, '0')).join('');
}
