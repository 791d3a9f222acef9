import { type Env, effectiveSettings } from './settings.ts';

/** Settings whose values anybody may see who may look at the console; all others are shown as set or not, those of tomorrow too. */
const plain: ReadonlySet<string> = new Set([
  'ENVIRONMENT',
  'NAMESPACE',
  'ORIGIN_URL',
  'STORE',
  'JWKS_URL',
  'JWT_ISSUER',
  'JWT_AUDIENCE',
  'PUBLIC_URL',
  'QSTASH_URL',
  'QSTASH_RETRIES',
  'CORS_ORIGINS',
  'CORS_HEADERS',
  'CORS_EXPOSE',
  'LOG',
  'LOG_SAMPLE',
  'METRICS_FLUSH',
  'REDIS_MEMORY_BYTES',
  'REDIS_PRICE',
  'CANARY',
  'ACCESS_TEAM',
  'ACCESS_AUD',
  'ACCESS_SCOPES',
  'KILL_SWITCH',
]);

/** Each setting, and each secret of a webhook's source, as the console shows it. */
export function shownSettings(env: Env, names: readonly string[]) {
  const effective = effectiveSettings(env);
  const hooks = Object.keys(env).filter((name) => /^HOOK_SECRET_/i.test(name));
  return [...names, ...hooks].map((name) => ({
    name,
    value: plain.has(name) ? textOf(effective[name]) : null,
    isSet: env[name] !== undefined,
  }));
}

const textOf = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : String(value ?? ''));
