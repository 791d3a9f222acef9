import type { Plugin } from 'esbuild';
import { expect, test } from 'vitest';
import { bundle, root } from '../../dev/bundle.ts';

/** What the store sends by it: test/store/failures.node.test.ts, whose Worker is such a bundle. */
const commands = (code: string) =>
  ['Evalsha', 'ZUnionStore', 'JsonArrAppend'].filter((it) => code.includes(`new ${it}Command(`));

const team: Plugin = {
  name: 'team',
  setup(build) {
    build.onResolve({ filter: /^team$/ }, ({ path }) => ({ path, namespace: 'team' }));
    build.onLoad({ filter: /./, namespace: 'team' }, () => ({
      contents: `
        import { Redis } from '@upstash/redis/cloudflare';
        import { createUpstashStore } from './src/store/upstash.ts';
        export default { Redis, createUpstashStore };`,
      resolveDir: root,
    }));
  },
};

test('the store brings only the commands of the SDK that it sends', async () => {
  expect(commands(await bundle())).toEqual(['Evalsha']);
});

test('a team that imports the SDK by itself has all of it, beside a store', async () => {
  const code = await bundle('team', [team]);
  expect(commands(code)).toEqual(['Evalsha', 'ZUnionStore', 'JsonArrAppend']);
  expect(code.match(/new MGetCommand\d*\(/g)).toHaveLength(3);
});
