import type { DataClass } from '../strategy/types.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type Flags, readFlags, type Standing, standingOf } from './flags.ts';
import { type Decision, decideBy, KILLED, ON, type Switch, switchOf, type Who } from './switch.ts';

export type { Decision };

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

  /** The latest good ones; null: none came yet. */
  get flags(): Flags | null {
    return this.#flags;
  }

  /** By the setting, which goes before all flags. */
  get isKilledHere(): boolean {
    return this.#options.isKilled;
  }

  /** For whoever only looks: as they are, each of his MGETs brings the latest, and here nothing changes. */
  view(): LiveFlags {
    const view = new LiveFlags(this.#options);
    view.#flags = this.#flags;
    view.#text = this.#text;
    view.#dueMs = Number.POSITIVE_INFINITY;
    return view;
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
    const it = this.switchOf(cls);
    return it.isPlain ? ON : decideBy(it, identity, key);
  }

  switchOf(cls: DataClass): Switch {
    const known = this.#switches.get(cls);
    if (known) return known;
    const made = switchOf(cls, this.#fingerprintOf(cls), this.standingOf(cls));
    this.#switches.set(cls, made);
    return made;
  }

  standingOf(cls: DataClass): Standing {
    return standingOf(cls, this.#fingerprintOf(cls), this.#flags);
  }

  /** It costs something: only where there are flags to be found by it. */
  #fingerprintOf(cls: DataClass): string {
    return this.#flags ? fingerprintOf(cls) : '';
  }
}
