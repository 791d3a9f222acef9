import type { Lock } from '../../lock/file.ts';
import type { ClassFacts } from '../facts.ts';
import type { LintFacts } from './facts.ts';

/** What a finding is about: `class invoice`. The strategy has no name. */
export interface Place {
  readonly kind: 'class' | 'HTTP cache' | 'event' | 'source' | 'strategy';
  readonly name: string;
}

export const placeText = ({ kind, name }: Place): string => (kind === 'strategy' ? kind : `${kind} ${name}`);

/** One thing that a rule has found, before anybody asks whether it is meant. */
export interface Fault {
  readonly place: Place;
  /** What is so, and what comes of it: a sentence without a full stop. */
  readonly why: string;
  /** What to do about it: the same. */
  readonly mend: string;
}

/** One rule: what it is about, and a pure function that applies it. */
export interface Rule {
  /** `error`: somebody may be shown what is not theirs, or nothing at all is purged. `warning`: everything else. */
  readonly level: 'error' | 'warning';
  /** What it finds, in a few words: `a tag that nobody purges`. */
  readonly finds: string;
  readonly check: (facts: LintFacts, lock: Lock) => readonly Fault[];
}

/** As `--json` writes it. */
export interface Finding {
  readonly rule: string;
  /** `class invoice`. */
  readonly place: string;
  readonly why: string;
  readonly mend: string;
  /** The reason that the definition gives; null: it is to be mended. */
  readonly silenced: string | null;
  /** Where in routes/ it is defined, `routes/strategy.ts:35`; null: not found there. */
  readonly at: string | null;
}

export const ofClass = ({ is, name }: Pick<ClassFacts, 'is' | 'name'>): Place => ({
  kind: is === 'class' ? is : 'HTTP cache',
  name,
});
export const ofEvent = ({ name }: { readonly name: string }): Place => ({ kind: 'event', name });
export const strategyPlace: Place = { kind: 'strategy', name: '' };

/** `a, b and c`. */
export function listText(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
