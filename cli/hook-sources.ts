import { hookSecretName } from '../src/invalidation/hook-secrets.ts';
import type { Scheme } from '../src/invalidation/signature/scheme.ts';
import { readSecret } from '../src/invalidation/signature/secrets.ts';
import { spelledLike } from './args/spelling.ts';
import type { Environment, HookSource } from './environment.ts';
import { UsageError } from './failure.ts';
import { printable } from './text.ts';

export async function sourceOf(name: string, { hookSources }: Environment): Promise<HookSource> {
  const sources = await hookSources();
  if (Object.hasOwn(sources, name)) return sources[name]!;
  const names = Object.keys(sources);
  throw new UsageError(
    `${printable(name)} is no source of routes/, which has ${names.join(', ') || 'none'}${spelledLike(name, names)}`,
  );
}

/** The variable, and the secret in it: of several, while they are rotated, the first. */
export function secretOf(
  name: string,
  scheme: Scheme,
  from: string | undefined,
  { env }: Pick<Environment, 'env'>,
): [string, string] {
  const variable = from ?? hookSecretName(name);
  const [secret = ''] = (env[variable] ?? '').split(',').map((it) => it.trim());
  if (secret === '')
    throw new UsageError(
      `there is no secret: set ${printable(variable)} (npm run dev prints it for the demo), or name another variable by --secret-env`,
    );
  const read = readSecret(scheme, secret);
  if ('fault' in read) throw new UsageError(`${printable(variable)}: the secret ${read.fault}`);
  return [variable, secret];
}
