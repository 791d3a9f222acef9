import type { EdgeRequest } from '../engine/request.ts';
import type { AccessVerifier } from '../identity/cloudflare-access.ts';
import type { MoveName } from '../rollout/moves.ts';

/** What the console is handed by whoever mounts it: settings, and what the `/-/` API does by its own functions. */
export interface ConsoleParts {
  settingsOf(env: Readonly<Record<string, unknown>>): ConsoleSettings;
  /** As `POST /-/purge` does. Throws a `Problem` that names each field at fault. */
  purge(edge: EdgeRequest, admin: string, asked: unknown): Promise<AcceptedPurge>;
  /** As `/-/rollout` does. Each throws a `Problem` where it does not come to that. */
  readonly rollout: RolloutParts;
  /** As `GET /-/explain` does, with what its query would say. Throws a `Problem` that names each field at fault. */
  explain(
    edge: EdgeRequest,
    env: Readonly<Record<string, unknown>>,
    admin: ExplainingAdmin,
    query: Readonly<Record<string, unknown>>,
  ): Promise<Explanation>;
}

export interface RolloutParts {
  set(className: string, change: AskedChange): Promise<unknown>;
  move(className: string, move: MoveName, change: AskedChange): Promise<unknown>;
  kill(change: Omit<AskedChange, 'ifMatch'>): Promise<unknown>;
}

export interface AskedChange {
  readonly edge: EdgeRequest;
  readonly admin: string;
  readonly ifMatch: string | null;
  readonly asked: unknown;
}

export interface ExplainingAdmin {
  readonly name: string;
  readonly scopes: readonly string[];
}

type Iso = string | null;

/** As `GET /-/explain` answers, as far as the console shows it. All but the first four are there where something of the cache answers. */
export interface Explanation {
  readonly route: string | null;
  readonly verdict?: string | null;
  readonly cache_status?: string | null;
  readonly why?: string;
  readonly next_step?: string | null;
  readonly outcome?: string;
  readonly reason?: string;
  readonly status?: number | null;
  readonly since?: Iso;
  readonly class?: string;
  readonly key?: string | null;
  readonly redis_key?: string | null;
  readonly errors?: readonly { readonly field: string; readonly detail: string }[];
  readonly access?: {
    readonly rule: string;
    readonly may_read: boolean | null;
    readonly why: string | null;
  } | null;
  /** Null: nothing was looked up. */
  readonly stored?: boolean | null;
  readonly layer?: string | null;
  readonly trusted?: { readonly ms: number; readonly afterwards: string } | null;
  readonly tags?: readonly {
    readonly name: string | null;
    readonly kind: string;
    readonly generation: string | null;
    readonly soft_purged_at?: Iso;
  }[];
  readonly fetched_at?: Iso;
  readonly age_ms?: number | null;
  readonly ttl_ms?: number | null;
  readonly bytes?: number | null;
  readonly stored_status?: number | null;
  readonly windows?: {
    readonly fresh_until: Iso;
    readonly stale_while_revalidate_until: Iso;
    readonly stale_if_error_until: Iso;
  } | null;
  readonly lock?: {
    readonly state: string;
    readonly failure: { readonly code: string; readonly status: number | null } | null;
  } | null;
  readonly notes?: readonly string[];
  readonly would_fetch?: {
    readonly by: string;
    readonly method?: string;
    readonly path?: string;
    readonly conditional?: true;
  } | null;
  readonly purges?: readonly {
    readonly purge_id: string;
    readonly source: string;
    readonly events: readonly string[];
    readonly mode: string;
    readonly applied_at: Iso;
  }[];
  readonly remarks?: readonly string[];
  readonly body?: { readonly text?: string; readonly base64?: string; readonly truncated: boolean } | null;
}

export interface AcceptedPurge {
  readonly purge_id: string;
  readonly hint?: readonly string[];
}

export interface ConsoleSettings {
  readonly development: boolean;
  readonly originSecret: string;
  /** Dollars for one command of Redis. */
  readonly commandPrice: number;
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
