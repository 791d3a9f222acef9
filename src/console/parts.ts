import type { EdgeRequest } from '../engine/request.ts';
import type { AccessVerifier } from '../identity/cloudflare-access.ts';

/** What the console is handed by whoever mounts it: settings, and what the `/-/` API does by its own functions. */
export interface ConsoleParts {
  settingsOf(env: Readonly<Record<string, unknown>>): ConsoleSettings;
  /** As `POST /-/purge` does. Throws a `Problem` that names each field at fault. */
  purge(edge: EdgeRequest, admin: string, asked: unknown): Promise<AcceptedPurge>;
}

export interface AcceptedPurge {
  readonly purge_id: string;
  readonly hint?: readonly string[];
}

export interface ConsoleSettings {
  readonly development: boolean;
  readonly originSecret: string;
  readonly tokens: Readonly<Record<string, { readonly sha256: string; readonly scopes: readonly string[] }>>;
  /** The name of the token that was shown; undefined: it is none of them. */
  readonly nameOf: (shown: string) => Promise<string | undefined>;
  readonly access: { readonly verify: AccessVerifier; readonly scopes: readonly string[] } | null;
  readonly shown: readonly ShownSetting[];
}

export interface ShownSetting {
  readonly name: string;
  /** Null: it is a secret, of which only this is told: whether it is set. */
  readonly value: string | null;
  readonly isSet: boolean;
}
