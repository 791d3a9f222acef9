import type { Plugin } from 'esbuild';
import { bundle, root } from '../bundle.ts';
import type { ProxyOptions } from './options.ts';

/** A Worker that is nothing but the proxy: what a file in `routes/` would say, with this command's options in it. */
const sourceOf = ({ origin, inputs, requestDirectives }: WorkerOptions) => `
import { defineStrategy, edge, httpCache, worker } from './src/index.ts';

const app = edge(defineStrategy({ classes: [] }));
app.all('*', httpCache(${JSON.stringify({ origin, inputs, requestDirectives, name: 'http' })}));
export default worker(app);
`;

type WorkerOptions = Pick<ProxyOptions, 'origin' | 'inputs' | 'requestDirectives'>;

const entry = 'stillfresh-proxy';

/** Bundled as what is deployed is. The options stand in its code, because no setting of a Worker says them. */
export function bundleProxy(options: WorkerOptions): Promise<string> {
  const virtual: Plugin = {
    name: entry,
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${entry}$`) }, ({ path }) => ({ path, namespace: entry }));
      build.onLoad({ filter: /./, namespace: entry }, () => ({
        contents: sourceOf(options),
        loader: 'ts',
        resolveDir: root,
      }));
    },
  };
  return bundle(entry, [virtual]);
}
