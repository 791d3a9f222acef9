import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { WorkerDescription } from './description.ts';
import { DEV_AUDIENCE, DEV_ISSUER } from './keys.ts';
import { Refusal } from './refusal.ts';

export type Settings = Readonly<Record<string, string | undefined>>;

/** What a person set, by name: in the environment, or in `.dev.vars`, which the environment wins over. Empty is not set. */
export interface Given {
  readonly settings: Settings;
  /** All of `.dev.vars`: a team's own handlers may have vars of their own, which no list of settings names. */
  readonly devVars: Settings;
}

/** `.dev.vars` is wrangler's own file, so that `wrangler dev` and `npm run dev` are told the same. */
export function givenSettings(env: Settings, folder: string): Given {
  const devVars = parseEnv(textOf(`${folder}/.dev.vars`)) as Settings;
  return { settings: { ...devVars, ...env }, devVars };
}

/** Without the mark that some editors put at its beginning. Empty where there is none. Throws `Refusal`. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return '';
    const why = new Map([
      ['EISDIR', 'it is a folder'],
      ['EACCES', 'this user may not read it'],
    ]);
    throw new Refusal(
      `.dev.vars: ${why.get(code) ?? message}; make it a file of NAME=value lines, or remove it`,
    );
  }
}

/** What cannot be honoured here; `STORE` says what `--store` does. Throws `Refusal`, which names the setting. */
export function storeOfSettings({ ENVIRONMENT, STORE }: Settings): 'memory' | 'redis' | undefined {
  if (ENVIRONMENT && ENVIRONMENT !== 'development')
    throw new Refusal('ENVIRONMENT: npm run dev is always development; unset it');
  // What must be said twice when deployed may be said twice here.
  const store = STORE === 'memory memory' ? 'memory' : STORE || undefined;
  if (store === undefined || store === 'memory' || store === 'redis') return store;
  throw new Refusal('STORE: give memory or redis, or unset it');
}

/** A real database over REST, in place of the Redis on this machine; null where none is named. Throws `Refusal`. */
export function databaseOf(settings: Settings) {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token, REDIS_URL, NAMESPACE } = settings;
  if (!url && !token) return null;
  if (!url || !token)
    throw new Refusal(
      `UPSTASH_REDIS_REST_${url ? 'URL is set: set UPSTASH_REDIS_REST_TOKEN' : 'TOKEN is set: set UPSTASH_REDIS_REST_URL'} too, or unset it`,
    );
  if (REDIS_URL)
    throw new Refusal('REDIS_URL and UPSTASH_REDIS_REST_URL name two databases; unset one of them');
  // Under the names of a deployment, its users would be served what development has stored.
  if (!NAMESPACE)
    throw new Refusal(
      'UPSTASH_REDIS_REST_URL names a database that a deployment may share: set NAMESPACE too, such as dev-ann',
    );
  return { url, token };
}

/** Of settings that nobody has given. */
export const devDefaults: Settings = {
  JWT_ISSUER: DEV_ISSUER,
  JWT_AUDIENCE: DEV_AUDIENCE,
  CORS_ORIGINS: '*',
};

/** Read by the stack alone, never by a Worker. */
const ofStack = ['REDIS_URL', 'ADMIN_TOKEN'];

/**
 * Vars and secrets of the Worker: what `parts` of the stack have made stands before what was given (which they were made
 * from), and that before `defaults`.
 */
export function bindingsFor(
  { settings: names }: Pick<WorkerDescription, 'settings'>,
  { settings, devVars }: Given,
  { defaults, parts }: Readonly<Record<'defaults' | 'parts', Settings>>,
): Readonly<Record<string, string>> {
  const own = Object.entries(devVars).filter(([name]) => ![...ofStack, ...names].includes(name));
  const named = names.map((name) => [name, settings[name]] as const);
  const set = [...own, ...named].filter(([, value]) => value);
  // An empty list is one.
  const cors = settings['CORS_ORIGINS'] === undefined ? {} : { CORS_ORIGINS: settings['CORS_ORIGINS'] };
  const all = { ...defaults, ...Object.fromEntries(set), ...cors, ...parts };
  return Object.fromEntries(Object.entries(all).filter((it): it is [string, string] => it[1] !== undefined));
}
