import type { Source } from '../src/invalidation/sources.ts';
import { spelledLike } from './args/spelling.ts';
import type { Environment } from './environment.ts';
import { exit, Failure, UsageError } from './failure.ts';
import { printable } from './text.ts';

type Sources = Readonly<Record<string, Source>>;

/** As far as it is read: an app of `webhooks()` is one of these. */
interface App {
  readonly routes: readonly { readonly handler: { readonly hookSources?: Sources } }[];
}

/** The sources that the apps of a module receive: what `webhooks()` made carries them. */
export async function hookSourcesIn(module: URL): Promise<Sources> {
  const exported = (await import(module.href).catch((error: Error) => {
    throw new Failure(exit.refused, `routes/hooks.ts cannot be loaded: ${error.message}`);
  })) as Readonly<Record<string, Partial<App> | undefined>>;
  const routes = Object.values(exported).flatMap((it) => it?.routes ?? []);
  return Object.assign({}, ...routes.map(({ handler }) => handler.hookSources)) as Sources;
}

export async function sourceOf(name: string, { hookSources }: Environment): Promise<Source> {
  const sources = await hookSources();
  if (Object.hasOwn(sources, name)) return sources[name]!;
  const names = Object.keys(sources);
  throw new UsageError(
    `${printable(name)} is no source of routes/hooks.ts, which has ${names.join(', ') || 'none'}${spelledLike(name, names)}`,
  );
}

/** The variable, and the secret in it: of several, while they are rotated, the first. */
export function secretOf(name: string, from: string | undefined, { env }: Environment): [string, string] {
  const variable = from ?? `HOOK_SECRET_${name.replaceAll('-', '_').toUpperCase()}`;
  const [secret = ''] = (env[variable] ?? '').split(',').map((it) => it.trim());
  if (secret !== '') return [variable, secret];
  throw new UsageError(
    `there is no secret: set ${printable(variable)} (npm run dev prints it for the demo), or name another variable by --secret-env`,
  );
}
