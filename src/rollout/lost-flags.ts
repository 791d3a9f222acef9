import { type AuditEntry, auditOf } from './audit.ts';
import { type ClassFlags, type Flags, guardName } from './flags.ts';

/** Of those that an isolate knows and those that the cron has kept, the ones that were set last: an isolate may not have looked for long. */
export function lostFlags(known: Flags | null, kept: Flags | null): Flags | null {
  if (!known || !kept) return known ?? kept;
  return setMs(kept) > setMs(known) ? kept : known;
}

const setMs = ({ kill, classes }: Flags): number =>
  Object.values(classes)
    .flatMap((known) => Object.values(known))
    .reduce((latest, it) => Math.max(latest, it?.sinceMs ?? 0), kill?.atMs ?? 0);

/** What was lost comes back as it last was: nobody may be on by mistake, or not be killed. Nobody takes a kill flag or a class out by hand. */
export function restored(
  before: Flags,
  last: Flags | null,
  nowMs: number,
): { readonly flags: Flags; readonly audit: readonly AuditEntry[] } {
  const audit: AuditEntry[] = [];
  let flags = before;
  if (!last) return { flags, audit };
  const tell = (of: string | null, to: ClassFlags | boolean) =>
    audit.push(auditOf(nowMs, guardName, of, null, to, 'the flags were lost: as they last were'));
  if (!before.kill && last.kill) {
    flags = { ...flags, kill: last.kill };
    tell(null, last.kill.on);
  }
  for (const [name, known] of Object.entries(last.classes)) {
    if (flags.classes[name]) continue;
    flags = { ...flags, classes: { ...flags.classes, [name]: known } };
    for (const it of Object.values(known)) if (it) tell(name, it);
  }
  return { flags, audit };
}
