import { availableParallelism } from 'node:os';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import './dev/offline.ts';

/** `import … with { type: 'text' }`, which esbuild and wrangler know, in Vite's words. */
const textImports = {
  name: 'text-imports',
  enforce: 'pre' as const,
  transform: (code: string) =>
    code.includes("with { type: 'text' }")
      ? { code: code.replace(/'([^']+)' with { type: 'text' }/g, "'$1?raw'"), map: null }
      : null,
};

/** Two projects: `workerd` runs the engine where it will live; `node` runs the local stack and several isolates against it. */
export default defineConfig({
  test: {
    // Most tests wait for processes of theirs, so that two at once suit two cores, of which vitest would leave one alone.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        plugins: [
          textImports,
          cloudflareTest({
            main: './routes/index.ts',
            miniflare: { compatibilityDate: '2026-10-01' },
          }),
        ],
        test: {
          name: 'workerd',
          // One worker for all files: to start one for each takes as long as the tests themselves. None of them changes a global.
          isolate: false,
          // Some step through an hour of ticks: half a second alone, more than the 5 s of vitest on a busy machine.
          testTimeout: 30_000,
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.node.test.ts', 'test/dev/**'],
          globalSetup: ['./test/support/node/redis-for-tests.ts'],
        },
      },
      {
        plugins: [textImports],
        test: {
          name: 'node',
          include: ['test/**/*.node.test.ts'],
          globalSetup: ['./test/support/node/redis-for-tests.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
