import { fileURLToPath } from 'node:url';
import { type BuildFailure, type BuildOptions, build, type Plugin } from 'esbuild';
import { redisCommands } from './redis-commands.ts';
import { Refusal } from './refusal.ts';

/** The project's root. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** QStash's SDK needs it for what nothing here uses, and it does not say itself that it may be left out. */
const withoutNeverthrow: Plugin = {
  name: 'without-neverthrow',
  setup(build) {
    build.onResolve({ filter: /^neverthrow$/ }, async ({ path, importer, kind, resolveDir, pluginData }) => {
      if (pluginData === 'found') return undefined;
      const found = await build.resolve(path, { importer, kind, resolveDir, pluginData: 'found' });
      return { ...found, sideEffects: false };
    });
  },
};

/** As `wrangler deploy` bundles a Worker. `from`: the checkout that `entry` stands in. */
export function bundleOptions(
  entry: string,
  plugins: Plugin[] = [],
  from = root,
): BuildOptions & { write: false } {
  return {
    entryPoints: [entry],
    absWorkingDir: from,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser', 'import'],
    external: ['cloudflare:*'],
    sourcemap: 'inline',
    sourcesContent: false,
    outdir: 'dist',
    logLevel: 'silent',
    plugins: [...plugins, redisCommands, withoutNeverthrow],
  };
}

/** The Worker as one module. Rejects with a `Refusal` of esbuild's messages. */
export async function bundle(
  entry = 'routes/index.ts',
  plugins: Plugin[] = [],
  from = root,
): Promise<string> {
  const { outputFiles } = await build(bundleOptions(entry, plugins, from)).catch((error: BuildFailure) => {
    throw Array.isArray(error.errors) ? new Refusal(error.message) : error;
  });
  return outputFiles[0]!.text;
}
