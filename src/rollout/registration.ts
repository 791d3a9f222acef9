import { bounds } from '../bounds.ts';
import type { DataClass } from '../strategy/types.ts';
import { type AuditEntry, auditOf } from './audit.ts';
import { type ClassFlags, deployName, type Flags, guardName, type Standing, standingOf } from './flags.ts';
import { restored } from './lost-flags.ts';

export interface Registration {
  readonly flags: Flags;
  readonly audit: readonly AuditEntry[];
}

interface Deployment {
  /** All that this Worker answers with, those of HTTP caches too. */
  readonly classes: readonly DataClass[];
  readonly fingerprintOf: (cls: DataClass) => string;
  /** The flags as they last were, for where they are lost. */
  readonly last: Flags | null;
  /** Classes that nobody has deployed for long. */
  readonly gone: readonly string[];
  readonly nowMs: number;
}

/**
 * The flags with each class of this deployment: null where it is plainly on, as nobody has said otherwise; how it stands where the strategy says
 * otherwise, or where it has changed. What has been said of it stays. The same object where nothing is new.
 */
export function registered(before: Flags, deployment: Deployment): Registration {
  const { classes, fingerprintOf, last, gone, nowMs } = deployment;
  const back = restored(before, last, nowMs);
  const audit = [...back.audit];
  const tell = (who: string, cls: string, to: ClassFlags | null, why: string) =>
    audit.push(auditOf(nowMs, who, cls, null, to, why));
  let { flags } = back;
  const set = (name: string, known: Flags['classes'][string]) => {
    flags = { ...flags, classes: { ...flags.classes, [name]: known } };
  };

  for (const cls of classes) {
    const { name } = cls;
    const fingerprint = fingerprintOf(cls);
    const known = flags.classes[name] ?? {};
    const { from, ...standing } = standingOf(cls, fingerprint, flags);
    const isPlain = from === 'strategy' && standing.mode === 'on' && standing.percent === 100;
    if (known[fingerprint] || (known[fingerprint] === null && isPlain)) continue;
    const percent = standing.mode === 'on' ? standing.percent : 0;
    const own = isPlain ? null : { ...standing, percent, sinceMs: nowMs, by: setBy(standing, from) };
    set(name, { ...latest(known, fingerprint), [fingerprint]: own });
    if (own) tell(deployName, name, own, own.why);
  }

  for (const name of gone) {
    if (!flags.classes[name]) continue;
    const { [name]: _, ...others } = flags.classes;
    flags = { ...flags, classes: others };
    tell(guardName, name, null, 'no deployment has had this class for long');
  }
  return { flags, audit };
}

/** Who left it off, or holds it, goes on having said so: no deployment did. */
const setBy = ({ mode, by, held }: ClassFlags, from: Standing['from']): string =>
  held !== null || (from === 'changed' && mode === 'off') ? by : deployName;

/** Those that were registered last, with room for one more. */
const latest = (known: Flags['classes'][string], fingerprint: string) =>
  Object.fromEntries(
    Object.entries(known)
      .filter(([it]) => it !== fingerprint)
      .slice(1 - bounds.rolloutFingerprints),
  );
