import * as z from 'zod';
import { type AdminTokens, adminTokensSchema, type TokenScope, tokenScopes } from '../admin/tokens.ts';
import type { Receivers } from '../alerts/channel.ts';
import { bounds } from '../bounds.ts';
import type { CorsOrigins } from '../http/cors.ts';
import { apiKeysSchema } from '../identity/api-key.ts';
import { howToSet } from '../invalidation/how-to-set.ts';
import { schemes } from '../invalidation/signature/schemes.ts';
import { readSecret } from '../invalidation/signature/secrets.ts';
import type { QStashSettings } from '../queue/qstash.ts';
import { reservedNames } from '../strategy/key.ts';
import { isPlaceholder } from '../strategy/placeholder.ts';
import { inOurWords } from '../strategy/says.ts';
import type { DataPoints } from '../telemetry/data-points.ts';
import { isSameSetting, settingMeant } from './misspelt.ts';

/** Vars and secrets as the platform hands them over; nothing is known of them before they are parsed. */
export type Env = Readonly<Record<string, unknown>>;

const text = z.string().trim().min(1, 'must not be empty');
/** A URL as `fetch` takes it: without credentials. */
const url = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .refine((it) => !/^[^/]*\/\/[^/?#]*@/.test(it), 'must not hold credentials');
/** A URL that paths are appended to: behind a query or a fragment they would all lead to one page. */
const baseUrl = url
  .refine((it) => !/[?#]/.test(it), 'must have neither query nor fragment')
  .transform((it) => it.replace(/\/+$/, ''));
/** A token is sent in a header. */
const token = z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');
const secret = token.min(16, 'must have at least 16 characters');
/** An origin as a browser sends it: without a path, not even a slash. */
const browserOrigin = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._:[\]-]+$/;
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

const isTokenScope = (it: string): it is TokenScope => (tokenScopes as readonly string[]).includes(it);

const shape = z.object({
  ENVIRONMENT: z
    .enum(['development', 'production'], 'must be development or production')
    .default('production'),
  NAMESPACE: z
    .string()
    .max(64, 'must not be longer than 64 characters')
    .refine((it) => !reservedNames.includes(it), 'is a name that the store uses itself; take another')
    .default(''),
  ORIGIN_URL: baseUrl,
  ORIGIN_SECRET: secret,
  STORE: z.enum(['redis', 'memory', 'memory memory'], 'must be redis, or memory').default('redis'),
  UPSTASH_REDIS_REST_URL: baseUrl.optional(),
  UPSTASH_REDIS_REST_TOKEN: token.optional(),
  JWKS_URL: url.optional(),
  JWT_ISSUER: text.optional(),
  JWT_AUDIENCE: text.optional(),
  API_KEYS: jsonOf(apiKeysSchema).optional(),
  PUBLIC_URL: baseUrl.optional(),
  QSTASH_URL: baseUrl.default('https://qstash.upstash.io'),
  QSTASH_TOKEN: token.optional(),
  QSTASH_CURRENT_SIGNING_KEY: token.optional(),
  QSTASH_NEXT_SIGNING_KEY: token.optional(),
  QSTASH_RETRIES: z
    .string()
    .regex(/^([0-9]|10)$/, 'must be a number from 0 to 10')
    .transform(Number)
    .default(bounds.queueRetries),
  ADMIN_TOKENS: jsonOf(adminTokensSchema).optional(),
  ACCESS_TEAM: z
    .string()
    .regex(/^[a-z0-9-]{1,63}$/, 'must be the name before .cloudflareaccess.com')
    .optional(),
  ACCESS_AUD: text.optional(),
  ACCESS_SCOPES: list
    .refine((scopes) => scopes.every(isTokenScope), `must be among ${tokenScopes.join(', ')}`)
    .transform((scopes) => scopes.filter(isTokenScope))
    .default(['read']),
  CORS_ORIGINS: list
    .refine(
      (origins) => origins.every((it) => it === '*' || browserOrigin.test(it)),
      'must be *, or origins such as https://app.example.com without a path',
    )
    .transform((origins): CorsOrigins => (origins.includes('*') ? '*' : origins))
    .default([]),
  CANARY: z.enum(['on', 'off'], 'must be on or off').default('on'),
  ALERT_URL: url.optional(),
  ALERT_SECRET: z
    .string()
    .transform((it, ctx) => {
      const read = readSecret(schemes.standard, it);
      if (read instanceof Uint8Array) return read;
      ctx.addIssue(read.fault);
      return z.NEVER;
    })
    .optional(),
  ALERT_SLACK_URL: url.optional(),
  REDIS_MEMORY_BYTES: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be a whole number of bytes, such as 268435456 for 256 MiB')
    .transform(Number)
    .optional(),
  LOG: z.enum(['all', 'problems'], 'must be all or problems').default('all'),
  METRICS_FLUSH: z.enum(['on', 'off'], 'must be on or off').default('on'),
  /** Dollars for 100,000 commands: upstash.com/pricing/redis, "pay as you go", November 2026. */
  REDIS_PRICE: z
    .string()
    .regex(/^\d{1,4}(\.\d{1,6})?$/, 'must be dollars for 100,000 commands, such as 0.2')
    .transform(Number)
    .default(0.2),
  METRICS: z
    .custom<DataPoints>(
      (it) => typeof (it as DataPoints | null)?.writeDataPoint === 'function',
      'must be a binding of Analytics Engine',
    )
    .optional(),
  LOG_SAMPLE: z
    .string()
    .regex(/^(0|1|0?\.\d{1,6})$/, 'must be a number from 0 to 1, such as 0.1')
    .transform(Number)
    .default(1),
  /** `on`: every class goes straight to the origin, whatever the flags in Redis say. */
  KILL_SWITCH: z.enum(['on', 'off'], 'must be on or off').default('off'),
  LOG_HASH_IDS: secret.optional(),
});

/** All that are read here: what stands in the environment of a tool under another name is none. */
export const settingNames = () => Object.keys(shape.shape);

export interface Settings
  extends Pick<
    z.infer<typeof shape>,
    | ('NAMESPACE' | 'ORIGIN_URL' | 'ORIGIN_SECRET' | 'PUBLIC_URL' | 'API_KEYS' | 'CORS_ORIGINS' | 'LOG')
    | ('METRICS_FLUSH' | 'REDIS_PRICE' | 'METRICS' | 'CANARY' | 'KILL_SWITCH')
    | ('LOG_SAMPLE' | 'LOG_HASH_IDS')
  > {
  readonly development: boolean;
  readonly redis: { readonly url: string; readonly token: string } | 'memory';
  /** Null: purges are applied at once, and what fails then the sender must send again. */
  readonly qstash: Omit<QStashSettings, 'namespace'> | null;
  readonly adminTokens: AdminTokens;
  /** Cloudflare Access in front of the console, and what those may do whom it lets through. */
  readonly access:
    | { readonly team: string; readonly audience: string; readonly scopes: readonly TokenScope[] }
    | undefined;
  /** Who is told of alerts. */
  readonly receivers: Receivers;
  /** What the plan of Redis holds; null: as Redis says. */
  readonly redisMemoryBytes: number | null;
  readonly jwt: { readonly jwksUrl: string; readonly issuer: string; readonly audience: string } | undefined;
}

/** As they count, defaults included, of settings that were parsed before. Secrets are among them. */
export const effectiveSettings = (env: Env): Readonly<Record<string, unknown>> => shape.parse(env);

interface Fault {
  readonly setting: string;
  readonly says: string;
}

/** Names each setting at fault and how to set it; never a value, which may be a secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super(faults.map(({ setting, says }) => `${setting} ${says}`).join('; '));
    this.faults = faults;
  }
}

export function parseSettings(env: Env): Settings {
  const parsed = shape.safeParse(env, inOurWords);
  const ofShape = parsed.error?.issues.map((issue) => faultOf(env, issue)) ?? [];
  const leftOver = env['ENVIRONMENT'] === 'development' ? [] : faultsOfTemplate(env);
  // What else is wrong with a placeholder is of no interest.
  const others = [...ofShape, ...faultsBetween(env)].filter(
    ({ setting }) => !leftOver.some((it) => it.setting === setting),
  );
  const faults = [...leftOver, ...others];
  if (!parsed.success || faults.length > 0) throw new SettingsError(faults);
  const it = parsed.data;
  return {
    ...it,
    development: it.ENVIRONMENT === 'development',
    redis:
      it.STORE === 'redis'
        ? { url: it.UPSTASH_REDIS_REST_URL!, token: it.UPSTASH_REDIS_REST_TOKEN! }
        : 'memory',
    qstash:
      it.QSTASH_TOKEN === undefined
        ? null
        : {
            url: it.QSTASH_URL,
            token: it.QSTASH_TOKEN,
            currentSigningKey: it.QSTASH_CURRENT_SIGNING_KEY!,
            nextSigningKey: it.QSTASH_NEXT_SIGNING_KEY!,
            publicUrl: it.PUBLIC_URL!,
            retries: it.QSTASH_RETRIES,
          },
    adminTokens: it.ADMIN_TOKENS ?? {},
    access: it.ACCESS_TEAM
      ? { team: it.ACCESS_TEAM, audience: it.ACCESS_AUD!, scopes: it.ACCESS_SCOPES }
      : undefined,
    receivers: {
      webhook: it.ALERT_URL === undefined ? null : { url: it.ALERT_URL, secret: it.ALERT_SECRET! },
      slack: it.ALERT_SLACK_URL === undefined ? null : { url: it.ALERT_SLACK_URL },
      namespace: it.NAMESPACE,
      publicUrl: it.PUBLIC_URL,
    },
    redisMemoryBytes: it.REDIS_MEMORY_BYTES ?? null,
    jwt: it.JWKS_URL
      ? { jwksUrl: it.JWKS_URL, issuer: it.JWT_ISSUER!, audience: it.JWT_AUDIENCE! }
      : undefined,
  };
}

/** Signing keys of QStash's development server: printed in its documentation, so that they sign nothing. */
const publicSigningKeys: ReadonlySet<unknown> = new Set([
  'sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r',
  'sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs',
]);

const redisNames = ['UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN'];
const jwtNames = ['JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'];
const accessNames = ['ACCESS_TEAM', 'ACCESS_AUD'];
const qstashNames = ['QSTASH_TOKEN', 'QSTASH_CURRENT_SIGNING_KEY', 'QSTASH_NEXT_SIGNING_KEY'];

const alertNames = ['ALERT_URL', 'ALERT_SECRET'];

/** What one setting requires of others, so that one start names everything that is missing. */
function faultsBetween(env: Env): Fault[] {
  const { STORE: store = 'redis', ENVIRONMENT: environment, API_KEYS: apiKeys } = env;
  const faults: Fault[] = [];
  const isGiven = (name: string) => env[name] !== undefined;
  const mustHave = (names: readonly string[], reason = '') => {
    for (const setting of names)
      if (!isGiven(setting)) faults.push({ setting, says: `is missing${reason}; ${mendOf(setting, env)}` });
  };
  if (store === 'redis') mustHave(redisNames);
  if (apiKeys === undefined) mustHave(jwtNames);
  else if (jwtNames.some(isGiven)) mustHave(jwtNames, ' beside the other JWT settings');
  if (accessNames.some(isGiven)) mustHave(accessNames, ' beside the other setting of Cloudflare Access');
  if (qstashNames.some(isGiven))
    mustHave([...qstashNames, 'PUBLIC_URL'], ' beside the other QStash settings');
  if (alertNames.some(isGiven)) mustHave(alertNames, ' beside the other');
  if (environment === 'development') return faults;
  if (store === 'memory') {
    const says = `is memory, which every isolate has for itself; outside development say it twice: STORE="memory memory"`;
    faults.push({ setting: 'STORE', says });
  }
  for (const setting of qstashNames.filter((name) => publicSigningKeys.has(env[name]))) {
    const says = `is a key of QStash's development server, which everyone knows; ${mendOf(setting, env)}`;
    faults.push({ setting, says });
  }
  return faults;
}

/** What is refused in production alone, as nothing else would say that it does not count. */
const faultsOfTemplate = (env: Env): Fault[] => [
  ...settingNames().flatMap((setting) => {
    const value = env[setting];
    const isLeft = typeof value === 'string' && isPlaceholder(value, setting === 'NAMESPACE');
    return isLeft ? [{ setting, says: `is still a placeholder; ${mendOf(setting, env)}` }] : [];
  }),
  ...misspeltIn(env, true),
];

/** Names that are near to a setting's. `onlyInstead`: where that itself is not given, or empty as in the template, so that most likely it was meant. */
export function misspeltIn(env: Env, onlyInstead = false): Fault[] {
  const isGiven = (meant: string) =>
    Object.keys(env).some((name) => isSameSetting(name, meant) && String(env[name] ?? '').trim() !== '');
  return Object.keys(env).flatMap((setting) => {
    const meant = typeof env[setting] === 'string' ? settingMeant(setting, settingNames()) : undefined;
    if (meant === undefined || (onlyInstead && isGiven(meant))) return [];
    const says = `is no setting; did you mean ${meant}? A var of your own needs a name that is less alike`;
    return [{ setting, says }];
  });
}

const secrets = new Set([
  ...redisNames,
  ...qstashNames,
  ...alertNames,
  'ALERT_SLACK_URL',
  'ORIGIN_SECRET',
  'API_KEYS',
  'ADMIN_TOKENS',
  'LOG_HASH_IDS',
]);

const mendOf = (name: string, env: Env) => howToSet(name, secrets.has(name) ? 'secret' : 'var', env);

function faultOf(env: Env, issue: z.core.$ZodIssue): Fault {
  const [setting = '', ...within] = issue.path.map(String);
  const at = within.length > 0 ? `at ${placeOf(env[setting], within)} ` : '';
  const says = env[setting] === undefined ? 'is missing' : `${at}${messageOf(issue)}`;
  return { setting, says: `${says}; ${mendOf(setting, env)}` };
}

/** The place of an entry, because a record's key may be the secret itself, where its hash belongs. */
function placeOf(setting: unknown, [key = '', ...rest]: readonly string[]): string {
  const place = Object.keys(JSON.parse(String(setting)) as object).indexOf(key) + 1;
  return [`entry ${place}`, ...rest].join('.');
}

/** Of a name that is not valid, what its own schema says: it reads as one of the entry. */
const messageOf = (issue: z.core.$ZodIssue) =>
  issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
