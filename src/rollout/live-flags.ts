import type { Identity } from '../identity/identity.ts';
import { encodePart } from '../strategy/encode.ts';
import type { RolloutMode, RolloutUnit } from '../strategy/rollout-types.ts';
import { type Arm, stepName, type Trial } from '../strategy/trial.ts';
import type { DataClass } from '../strategy/types.ts';
import { bucketOf } from './bucket.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type Flags, isTried, readFlags, standingOf } from './flags.ts';

interface LiveFlagsOptions {
  /** Where the flags stand. */
  readonly name: string;
  /** The setting `KILL_SWITCH`: nothing is answered from the cache, whatever Redis says, or if it says nothing. */
  readonly isKilled: boolean;
  /** They ride in an MGET again after this long … */
  readonly rideMs: number;
  /** … and where no MGET is sent they are asked for after this long. */
  readonly askMs: number;
}

/** Why a request goes straight to the origin, as `Cache-Status` has it. */
export type BypassDetail = 'off' | 'shadow' | 'kill-switch';

/** How one request is to be answered. */
export interface Decision {
  readonly mode: RolloutMode;
  /** Absent where the cache answers. */
  readonly detail?: BypassDetail;
  /** Absent where nothing is tried: the class is on for everyone, off for everyone, or killed. */
  readonly trial?: Trial;
}

/** Of who asks, all that is decided by. */
export type Who = Pick<Identity, 'tenant' | 'user'>;

/** How a class stands, made ready to decide by. */
interface Switch {
  /** On for everyone, and nothing is tried: decided without a look at who asks. */
  readonly isPlain: boolean;
  readonly mode: RolloutMode;
  readonly percent: number;
  readonly unit: RolloutUnit;
  readonly allow: ReadonlySet<string>;
  readonly deny: ReadonlySet<string>;
  /** Null: nothing is tried. */
  readonly step: string | null;
}

const ON: Decision = { mode: 'on' };
const KILLED: Decision = { mode: 'off', detail: 'kill-switch' };
const OFF: Decision = { mode: 'off', detail: 'off' };

/**
 * The flags as this isolate knows them. They come with ordinary MGETs; the last good ones hold while none come, and before the first ones what
 * each class's strategy says. No I/O: whoever sends an MGET asks here what to take along.
 */
export class LiveFlags {
  readonly #options: LiveFlagsOptions;
  #flags: Flags | null = null;
  #text: string | null = null;
  #switches = new Map<DataClass, Switch>();
  #hasCome = false;
  #rodeMs = Number.NEGATIVE_INFINITY;
  /** From then on they are too old where nobody has asked. */
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(options: LiveFlagsOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** By the setting, which no flag changes. */
  get isKilledBySetting(): boolean {
    return this.#options.isKilled;
  }

  /** The latest good ones; null: none came yet. */
  get flags(): Flags | null {
    return this.#flags;
  }

  /** The name that an MGET sent now carries as well; null: they came a moment ago. Until they have come once each carries it. */
  nameToLook(nowMs: number): string | null {
    const sinceMs = nowMs - this.#rodeMs;
    if (this.#hasCome && sinceMs >= 0 && sinceMs < this.#options.rideMs) return null;
    this.#rodeMs = nowMs;
    this.#dueMs = nowMs + this.#options.askMs;
    return this.#options.name;
  }

  /** Whether somebody should ask for them, because no MGET took them along for so long. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueMs || nowMs < this.#rodeMs;
  }

  /** Whether nobody has even tried for so long that nothing may be answered from memory before. */
  areTooOld(nowMs: number): boolean {
    return nowMs >= this.#dueMs + this.#options.rideMs;
  }

  /** As an MGET brought them; undefined: it was not answered, and the next one takes them along. */
  looked(text: string | null | undefined): void {
    if (text === undefined) {
      // Where no MGET is sent it is asked again as soon as one would have taken them along.
      this.#dueMs = Math.min(this.#dueMs, this.#rodeMs + this.#options.rideMs);
      this.#rodeMs = Number.NEGATIVE_INFINITY;
      return;
    }
    this.#hasCome = true;
    if (text === this.#text) return;
    const flags = readFlags(text);
    // The last good ones hold.
    if (!flags) return;
    this.#text = text;
    this.#flags = flags;
    this.#switches = new Map();
  }

  /** `key`: names the entry, for a class whose units are entries. */
  decide(cls: DataClass, identity: Who | null, key: string): Decision {
    if (this.#options.isKilled || this.#flags?.kill?.on) return KILLED;
    const it = this.#switches.get(cls) ?? this.#made(cls);
    return it.isPlain ? ON : decided(cls.name, it, identity, key);
  }

  #made(cls: DataClass): Switch {
    // Its fingerprint costs something: only where there are flags to be found by it.
    const fingerprint = this.#flags ? fingerprintOf(cls) : '';
    const standing = standingOf(cls, fingerprint, this.#flags);
    const { mode, percent, allow, deny, sinceMs } = standing;
    const isPublic = cls.scope === 'public';
    const made: Switch = {
      isPlain: mode === 'on' && !isTried(standing) && (isPublic || deny.length === 0),
      mode,
      percent,
      unit: cls.rollout.unit,
      // Nobody is verified who reads public data, whoever he says he is.
      allow: new Set(isPublic ? [] : allow),
      deny: new Set(isPublic ? [] : deny),
      step: isTried(standing) ? stepName(fingerprint, sinceMs) : null,
    };
    this.#switches.set(cls, made);
    return made;
  }
}

function decided(
  className: string,
  { mode, percent, unit: kind, allow, deny, step }: Switch,
  identity: Who | null,
  key: string,
): Decision {
  if (mode === 'off') return OFF;
  const unit = unitOf(kind, identity, key);
  const trialOf = (arm: Arm) => (step === null ? {} : { trial: { className, step, arm, unit } });
  if (mode === 'shadow') return { mode, detail: 'shadow', ...trialOf('shadow') };
  const names = namesOf(identity);
  if (names.some((it) => deny.has(it))) return OFF;
  // Whoever was chosen by name says nothing of the others: he is counted in neither group.
  if (names.some((it) => allow.has(it))) return ON;
  return bucketOf(className, unit) < percent
    ? { mode: 'on', ...trialOf('on') }
    : { mode: 'off', detail: 'off', ...trialOf('control') };
}

function unitOf(kind: RolloutUnit, identity: Who | null, key: string): string {
  if (kind === 'key' || !identity) return key;
  const tenant = encodePart(identity.tenant);
  return kind === 'tenant' ? tenant : `${tenant}/${encodePart(identity.user)}`;
}

/** As `allow` and `deny` have them. */
const namesOf = (identity: Who | null): readonly string[] =>
  identity ? [identity.tenant, `${identity.tenant}/${identity.user}`] : [];
