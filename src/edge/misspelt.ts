import { hookSecretName } from '../invalidation/hook-secrets.ts';
import { nearest, slipsBetween } from '../strategy/nearest.ts';

const prefix = hookSecretName('');

/**
 * The setting that was meant by a name that is none; undefined for a var of the team's own. Fewer slips than elsewhere, because what is
 * near may be refused: one in six letters, at most two, and none in the first.
 */
export function settingMeant(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name) || isHookSecret(name)) return undefined;
  const near = nearest(name, known);
  if (near !== undefined && isSlip(name, near)) return near;
  // `HOOK_SECRETS_APP`: what follows is the name of a source.
  const words = `${name}_`.split('_');
  const heads = words.map((_, i) => `${words.slice(0, i).join('_')}_`);
  const head = heads.find((it) => isSlip(it, prefix));
  return head === undefined ? undefined : prefix + (name.slice(head.length).toUpperCase() || '<SOURCE>');
}

/** A webhook's secret may be written in any case. */
export const isSameSetting = (name: string, setting: string): boolean =>
  name === setting || (isHookSecret(name) && name.toUpperCase() === setting);

const isHookSecret = (name: string) => name.toUpperCase().startsWith(prefix);

/** What is a word of its own is no slip: `BOOK_SECRET_…`, or `SCORE` for `STORE`; nor is a number, as in `ORIGIN_URL_2`. */
const isSlip = (name: string, near: string) =>
  name[0]?.toUpperCase() === near[0] &&
  slipsBetween(name, near) <= Math.min(2, Math.floor(near.length / 6)) &&
  !/\d/.test(name);

/**
 * Secrets of no source, where a source has none. Told, and not refused: only that source is without webhooks, and a secret
 * may be there before its source is, or after.
 */
export function strayHookSecrets(env: Readonly<Record<string, unknown>>, sources: readonly string[]) {
  const given = Object.keys(env).filter((name) => typeof env[name] === 'string' && isHookSecret(name));
  const lacking = sources
    .map(hookSecretName)
    .filter((setting) => !given.some((name) => name.toUpperCase() === setting));
  const strays = given.filter((name) => !sources.some((it) => hookSecretName(it) === name.toUpperCase()));
  if (lacking.length === 0) return [];
  return strays.map((setting) => {
    const near = nearest(setting, lacking);
    const hint = near === undefined ? `not given: ${lacking.join(', ')}` : `did you mean ${near}?`;
    return { setting, says: `is of no source in routes/hooks.ts; ${hint}` };
  });
}
