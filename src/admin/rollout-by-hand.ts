import { bounds } from '../bounds.ts';
import { classesOf, type EdgeRequest } from '../engine/request.ts';
import { changeFlags, type FlagsChange, latestFlags } from '../engine/rollout-change.ts';
import { keptFlags } from '../figures/rollout-report.ts';
import { formatEntityTag } from '../http/etag.ts';
import { parseIfNoneMatch } from '../http/preconditions.ts';
import { Problem } from '../http/problem.ts';
import { auditOf } from '../rollout/audit.ts';
import { fingerprintOf } from '../rollout/fingerprint.ts';
import { type ClassFlags, type Flags, standingOf, withClass } from '../rollout/flags.ts';
import { type Moved, type MoveName, type Mover, moves, setTo } from '../rollout/moves.ts';
import { type RolloutView, rolloutViewOf } from '../rollout/view.ts';
import { StoreError } from '../store/port.ts';
import { nearest } from '../strategy/nearest.ts';
import { quote } from '../strategy/strategy-error.ts';
import type { DataClass } from '../strategy/types.ts';
import { parse } from './asked.ts';
import { killShape, moveShape, setShape } from './rollout-shape.ts';

/** A change of how a class stands, in an admin's name. */
export interface ChangeByHand {
  readonly edge: EdgeRequest;
  readonly admin: string;
  /** As `If-Match` says it; null: it says nothing. */
  readonly ifMatch: string | null;
  /** The body. */
  readonly asked: unknown;
}

/** Each gives how all stand now, and throws a `Problem` where it does not come to that. */
export const rolloutByHand = {
  async look(edge: EdgeRequest): Promise<RolloutView> {
    return viewOf(edge, await latestFlags(edge, () => keptFlags(edge)).catch(unreachable));
  },

  /** `If-Match` is needed: of two who set at once, the second is told what the first has set. */
  set(className: string, change: ChangeByHand): Promise<RolloutView> {
    const cls = knownClass(change.edge, className);
    const { why, plan, ...given } = parse(setShape, change.asked, 'unprocessable');
    const wanted = {
      ...given,
      percent: given.percent ?? 0,
      ...(plan !== undefined && { plan: plan ?? cls.rollout.plan }),
    };
    return changed(cls, change, why, true, (now, mover) => ({ to: setTo(now, wanted, mover) }));
  },

  /** What shows less of the cache needs no `If-Match`, and obeys one that is there: to go back must not fail for want of it. */
  move(className: string, name: MoveName, change: ChangeByHand): Promise<RolloutView> {
    const cls = knownClass(change.edge, className);
    const { why } = parse(moveShape, change.asked, 'unprocessable');
    return changed(cls, change, why, name === 'advance', moves[name]);
  },

  async kill({ edge, admin, asked }: Omit<ChangeByHand, 'ifMatch'>): Promise<RolloutView> {
    const { kill, why } = parse(killShape, asked, 'unprocessable');
    const nowMs = edge.isolate.clock.now();
    const { is, flags } = await changeFlags(
      edge,
      (now) => {
        const from = now.kill?.on ?? false;
        if (!from && !kill) return { is: 'nothing' };
        return {
          is: 'change',
          flags: { ...now, kill: { on: kill, atMs: nowMs, by: admin, why } },
          audit: [auditOf(nowMs, admin, null, from, kill, why)],
        };
      },
      () => keptFlags(edge),
    ).catch(unreachable);
    if (is === 'raced') throw raced();
    return viewOf(edge, flags);
  },
};

export type RolloutByHand = typeof rolloutByHand;

async function changed(
  cls: DataClass,
  { edge, admin, ifMatch }: ChangeByHand,
  why: string,
  mustMatch: boolean,
  move: (now: ClassFlags, mover: Mover) => Moved,
): Promise<RolloutView> {
  if (ifMatch === null && mustMatch)
    throw new Problem('precondition-required', {
      detail: 'Send If-Match with the ETag that GET /-/rollout answered.',
    });
  const isOf = versionsIn(ifMatch);
  const nowMs = edge.isolate.clock.now();
  const mover = { by: admin, why, nowMs };
  let refusal: Problem | null = null;
  const change = (flags: Flags): FlagsChange => {
    refusal = null;
    const fingerprint = fingerprintOf(cls);
    const now = standingOf(cls, fingerprint, flags);
    const moved = move(now, mover);
    const to = 'to' in moved ? moved.to : null;
    const entry = { ...auditOf(nowMs, admin, cls.name, now, to, why), ...(to && alsoOf(now, to)) };
    const refused = (problem: Problem, because: string): FlagsChange => {
      refusal = problem;
      return { is: 'refused', audit: [{ ...entry, refused: because }] };
    };
    if (!isOf(flags.version)) return refused(overtaken(edge, flags), 'somebody else had changed the flags');
    if ('refused' in moved)
      return refused(
        new Problem('conflict', { detail: `${cls.name}: ${moved.refused}.`, ...stateIn(edge, flags) }),
        moved.refused,
      );
    const next = withClass(flags, cls.name, fingerprint, moved.to);
    const field = lists.find((name) => lengthOf(moved.to[name]) > lengthOf(now[name]));
    const most = edge.isolate.bounds.rolloutFlagsChars;
    // Who lists nobody more, or goes back, is never refused for what others have listed.
    if (field && lengthOf(next) > most) return refused(tooLong(field, most), 'the flags would be too long');
    return { is: 'change', flags: next, audit: [entry] };
  };
  const { is, flags } = await changeFlags(edge, change, () => keptFlags(edge)).catch(unreachable);
  if (refusal) throw refusal;
  if (is === 'raced') throw raced();
  return viewOf(edge, flags);
}

/** RFC 9110 §13.1.1, but that a weak tag is as good: the platform makes one of ours where it compresses, and the version is the same. */
function versionsIn(header: string | null): (version: string) => boolean {
  const held = header === null ? '*' : parseIfNoneMatch(header);
  if (held === 'malformed')
    throw new Problem('invalid-request', {
      errors: [{ field: 'If-Match', detail: 'is not valid; send the ETag of GET /-/rollout, in its quotes' }],
    });
  return (version) => held === '*' || held.some(({ opaque }) => opaque === version);
}

const viewOf = (edge: EdgeRequest, flags: Flags): RolloutView =>
  rolloutViewOf(flags, classesOf(edge).values(), edge.isolate.flags);

export function knownClass(edge: EdgeRequest, name: string): DataClass {
  const cls = classesOf(edge).get(name);
  if (cls) return cls;
  throw new Problem('not-found', { detail: meantClass(edge, name) });
}

/** That there is none of this name, and which was meant. */
export function meantClass(edge: EdgeRequest, name: string): string {
  const meant = nearest(name, [...classesOf(edge).keys()]);
  const hint = meant === undefined ? '' : `; did you mean ${quote(meant)}?`;
  return `There is no class ${quote(name)} in this Worker${hint}`;
}

export const etagOf = ({ version }: Pick<RolloutView, 'version'>): string =>
  formatEntityTag({ weak: false, opaque: version });

/** How things stand, in the problem itself. */
function stateIn(edge: EdgeRequest, flags: Flags) {
  return { headers: { ETag: etagOf(flags) }, more: { ...viewOf(edge, flags) } };
}

const overtaken = (edge: EdgeRequest, flags: Flags) =>
  new Problem('precondition-failed', {
    detail: 'Somebody else has changed the flags since you read them; this answer has them as they are now.',
    ...stateIn(edge, flags),
  });

const tooLong = (field: string, most: number) =>
  new Problem('unprocessable', {
    errors: [
      {
        field,
        detail: `makes the flags of all classes longer than ${most} characters, which every isolate reads; shorten it, or the lists of other classes`,
      },
    ],
  });

const lengthOf = (json: unknown) => JSON.stringify(json).length;

const raced = () =>
  new Problem('unavailable', {
    detail: 'Others change the flags at this very moment; send it again.',
    headers: { 'Retry-After': '1' },
  });

/** What Redis did not give; it says what goes on all the same. */
export function unreachable(error: unknown): never {
  if (!(error instanceof StoreError)) throw error;
  throw new Problem('unavailable', {
    detail:
      'Redis, where the flags stand, did not answer; whether a change has reached it, GET /-/rollout says when it is back. Isolates go on by the last flags that they know. To answer nothing from the cache without Redis, deploy with KILL_SWITCH=on.',
    why: error.message,
    headers: { 'Retry-After': '5' },
  });
}

const lists = ['allow', 'deny', 'plan'] as const;

/** Lists and the plan, where they have changed. */
function alsoOf(from: ClassFlags, to: ClassFlags): { readonly also?: string } {
  const isOther = (name: (typeof lists)[number]) => JSON.stringify(from[name]) !== JSON.stringify(to[name]);
  const listed = (['allow', 'deny'] as const)
    .filter(isOther)
    .map((name) => `${name}: ${to[name].join(', ') || 'nobody'}`);
  const also = [
    ...listed,
    ...(isOther('plan') ? [`plan: ${to.plan.map((it) => `${it.percent} %`).join(', ') || 'none'}`] : []),
  ];
  return also.length === 0 ? {} : { also: also.join('; ').slice(0, bounds.rolloutWhyChars) };
}
