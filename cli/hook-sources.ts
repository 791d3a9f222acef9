import type { Source } from '../src/invalidation/sources.ts';
import { exit, Failure } from './failure.ts';

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
