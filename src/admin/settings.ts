import * as z from 'zod';
import type { CorsOrigins } from '../http/cors.ts';
import { apiKeysSchema } from '../identity/api-key.ts';
import { reservedNames } from '../strategy/key.ts';

/** Vars and secrets as the platform hands them over; nothing is known of them before they are parsed. */
export type Env = Readonly<Record<string, unknown>>;

const text = z.string().trim().min(1, 'must not be empty');
const url = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .transform((it) => it.replace(/\/+$/, ''));
const secret = z
  .string()
  .min(16, 'must have at least 16 characters')
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');
const list = z.string().transform((it) =>
  it
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const jsonOf = <T extends z.ZodType>(shape: T) =>
  z
    .string()
    .transform((it, ctx): unknown => {
      try {
        return JSON.parse(it);
      } catch {
        ctx.addIssue('must be JSON');
        return z.NEVER;
      }
    })
    .pipe(shape);

const shape = z.object({
  ENVIRONMENT: z
    .enum(['development', 'production'], 'must be development or production')
    .default('production'),
  NAMESPACE: z
    .string()
    .max(64, 'must not be longer than 64 characters')
    .refine((it) => !reservedNames.includes(it), 'is a name that the store uses itself; take another')
    .default(''),
  ORIGIN_URL: url,
  ORIGIN_SECRET: secret,
  STORE: z.enum(['redis', 'memory', 'memory memory'], 'must be redis, or memory').default('redis'),
  UPSTASH_REDIS_REST_URL: url.optional(),
  UPSTASH_REDIS_REST_TOKEN: text.optional(),
  JWKS_URL: url.optional(),
  JWT_ISSUER: text.optional(),
  JWT_AUDIENCE: text.optional(),
  API_KEYS: jsonOf(apiKeysSchema).optional(),
  CORS_ORIGINS: list
    .refine(
      (origins) => origins.every((it) => it === '*' || URL.canParse(it)),
      'must be *, or origins such as https://app.example.com',
    )
    .transform((origins): CorsOrigins => (origins.includes('*') ? '*' : origins))
    .default([]),
  LOG: z.enum(['all', 'problems'], 'must be all or problems').default('all'),
});

type Shape = z.infer<typeof shape>;

export interface Settings
  extends Pick<Shape, 'NAMESPACE' | 'ORIGIN_URL' | 'ORIGIN_SECRET' | 'API_KEYS' | 'CORS_ORIGINS' | 'LOG'> {
  readonly development: boolean;
  readonly redis: { readonly url: string; readonly token: string } | 'memory';
  readonly jwt: { readonly jwksUrl: string; readonly issuer: string; readonly audience: string } | undefined;
}

/** Names each setting at fault and how to set it; never a value, which may be a secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly faults: readonly { readonly setting: string; readonly says: string }[];
  constructor(faults: SettingsError['faults']) {
    super(faults.map(({ setting, says }) => `${setting} ${says}`).join('; '));
    this.faults = faults;
  }
}

export function parseSettings(env: Env): Settings {
  const parsed = shape.safeParse(env);
  if (!parsed.success) throw new SettingsError(parsed.error.issues.map((issue) => faultOf(env, issue)));
  const it = parsed.data;
  const faults: { setting: string; says: string }[] = [];
  const all = <K extends keyof Shape>(names: readonly K[], why: string) => {
    for (const name of names)
      if (it[name] === undefined) faults.push({ setting: name, says: `is missing${why}; ${howToSet(name)}` });
  };
  if (it.STORE === 'redis') all(['UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN'], '');
  if (it.STORE === 'memory' && it.ENVIRONMENT !== 'development') {
    faults.push({
      setting: 'STORE',
      says: `is memory, which every isolate has for itself; outside development say it twice: STORE="memory memory"`,
    });
  }
  const jwtNames = ['JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'] as const;
  if (jwtNames.some((name) => it[name] !== undefined) || !it.API_KEYS)
    all(jwtNames, it.API_KEYS ? ' beside the other JWT settings' : '');
  if (faults.length > 0) throw new SettingsError(faults);
  return {
    NAMESPACE: it.NAMESPACE,
    ORIGIN_URL: it.ORIGIN_URL,
    ORIGIN_SECRET: it.ORIGIN_SECRET,
    API_KEYS: it.API_KEYS,
    CORS_ORIGINS: it.CORS_ORIGINS,
    LOG: it.LOG,
    development: it.ENVIRONMENT === 'development',
    redis:
      it.STORE === 'redis'
        ? { url: it.UPSTASH_REDIS_REST_URL!, token: it.UPSTASH_REDIS_REST_TOKEN! }
        : 'memory',
    jwt: it.JWKS_URL
      ? { jwksUrl: it.JWKS_URL, issuer: it.JWT_ISSUER!, audience: it.JWT_AUDIENCE! }
      : undefined,
  };
}

const secrets = new Set(['ORIGIN_SECRET', 'UPSTASH_REDIS_REST_TOKEN', 'API_KEYS']);

const howToSet = (name: string) =>
  secrets.has(name) ? `set it with 'wrangler secret put ${name}'` : `set it under [vars] in wrangler.toml`;

function faultOf(env: Env, issue: z.core.$ZodIssue): { setting: string; says: string } {
  const setting = String(issue.path[0]);
  const within = issue.path.length > 1 ? ` at ${issue.path.slice(1).map(String).map(shorten).join('.')}` : '';
  const says = env[setting] === undefined ? 'is missing' : `${within} ${issue.message}`.trim();
  return { setting, says: `${says}; ${howToSet(setting)}` };
}

/** A key of a record in a setting may be a secret by mistake (the key itself where its hash belongs). */
const shorten = (step: string) => (step.length > 12 ? `${step.slice(0, 6)}…` : step);
