import { bounds } from '../bounds.ts';
import { Problem } from '../http/problem.ts';
import { isPlaceholder } from '../strategy/placeholder.ts';
import { howToSet } from './how-to-set.ts';
import type { Scheme } from './signature/scheme.ts';
import { readSecret } from './signature/secrets.ts';

export const hookSecretName = (source: string): string =>
  `HOOK_SECRET_${source.replaceAll('-', '_').toUpperCase()}`;

/**
 * The secrets of one source: the setting `HOOK_SECRET_<SOURCE>`, several separated by commas while one is rotated. One that
 * is not well-formed is the fault of its source only, which finds it when it first needs it.
 */
export function hookSecrets(
  env: Readonly<Record<string, unknown>>,
  source: string,
  scheme: Scheme,
): Uint8Array<ArrayBuffer>[] {
  const setting = hookSecretName(source);
  const misconfigured = (fault: string) =>
    new Problem('misconfigured', { why: `${setting}${fault}; ${howToSet(setting, 'secret', env)}` });
  const [, value] = Object.entries(env).find(([name]) => name.toUpperCase() === setting) ?? [];
  const texts = (typeof value === 'string' ? value.split(',') : [])
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (texts.length === 0) throw misconfigured(' is missing');
  if (env['ENVIRONMENT'] !== 'development' && texts.some((text) => isPlaceholder(text)))
    throw misconfigured(' is still a placeholder');
  if (texts.length > bounds.hookSecrets)
    throw misconfigured(` holds more than ${bounds.hookSecrets} secrets, separated by commas`);
  return texts.map((text, i) => {
    const secret = readSecret(scheme, text);
    if (secret instanceof Uint8Array) return secret;
    throw misconfigured(`: secret ${i + 1} ${secret.fault}`);
  });
}
