import type { Plugin } from 'esbuild';

/** What takes the place of whatever counts and tells: all else is as it is deployed. */
const stubs: Readonly<Record<string, string>> = {
  'src/edge/count-request.ts': `export const countRequest = () => 'hit';`,
  'src/engine/count-read.ts': 'export const countRead = (_context, _name, _subject, served) => served;',
  'src/engine/flusher.ts': `export class Flusher {
    isolate = 'silent';
    sinceMs = 0;
    counted() {}
    next() { return null; }
    confirmed() {}
    async tell() {}
  }`,
  'src/telemetry/meter.ts': `export class Meter {
    names = new Proxy({}, { get: () => () => {} });
    add() {}
    observe() {}
    saw() {}
  }`,
};

/** The Worker without the cost of counting. A stub whose file is gone would measure nothing: then it does not build. */
export const withoutTelemetry: Plugin = {
  name: 'without-telemetry',
  setup(build) {
    const used = new Set<string>();
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
      const file = Object.keys(stubs).find((it) => path.endsWith(`/${it}`));
      if (file === undefined) return null;
      used.add(file);
      return { contents: stubs[file]!, loader: 'ts' };
    });
    build.onEnd(() => {
      const missing = Object.keys(stubs).filter((it) => !used.has(it));
      return { errors: missing.map((it) => ({ text: `${it} is not in the Worker any more` })) };
    });
  },
};
