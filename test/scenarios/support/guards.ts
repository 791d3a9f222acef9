import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/**
 * The lines that races depend on, and each without its guard. A race test runs once as it is and once for each of its
 * guards taken out, when it must fail: a test that passes either way proves nothing.
 */
const guards = {
  'fill-generations (Redis)': {
    file: 'src/store/scripts.ts',
    find: "if now ~= ARGV[11 + i] then return {'purged'} end",
    instead: '',
  },
  'fill-generations (memory)': {
    file: 'src/store/memory.ts',
    find: "if (this.#slots.get(name) !== generation) return { stored: false, why: 'purged' };",
    instead: '',
  },
  'fill-lease (Redis)': {
    file: 'src/store/scripts.ts',
    find: "if redis.call('GET', KEYS[2]) ~= token then return {'lease-lost'} end",
    instead: '',
  },
  'fill-last (Redis)': {
    file: 'src/store/scripts.ts',
    find: "if redis.call('GET', last) ~= ARGV[8] then",
    instead: 'if false then',
  },
  'fill-last (memory)': {
    file: 'src/store/memory.ts',
    find: 'if (late && this.#slots.get(late.last) !== late.capturedLast) {',
    instead: 'if (late && Math.random() > 2) {',
  },
  'flight-generations': {
    file: 'src/engine/flights.ts',
    find: "return [key, ...generations, last ?? ''].join('\\n');",
    instead: "return generations && last !== undefined ? key : '';",
  },
  'direct-marker': {
    file: 'src/engine/fill.ts',
    find: "then === 'free' ? 0 : isolate.bounds.directMs",
    instead: "then === 'free' ? 0 : 0",
  },
  'read-generations': {
    file: 'src/engine/judge.ts',
    find: 'if (now === captured) continue;',
    instead: 'continue;',
  },
  'http-validate': {
    file: 'src/http-cache/revalidate.ts',
    find: 'let held = grant && entry && isUnpurged(entry, grant) ? entry : null;',
    instead: 'let held = grant && entry && typeof isUnpurged ? entry : null;',
  },
  access: {
    file: 'src/classes/read.ts',
    find: "if (says === 'forbidden') throw",
    instead: "if (says === 'never') throw",
  },
  'local-epoch': {
    file: 'src/engine/l1.ts',
    find: 'if (epoch !== this.#epoch) return;',
    instead: 'void epoch;',
  },
  'write-overtaken (Redis)': {
    file: 'src/store/scripts.ts',
    find: "if redis.call('GET', KEYS[i]) ~= ARGV[20 + i - first] then store = false end",
    instead: '',
  },
  'purge-once (Redis)': {
    file: 'src/store/scripts.ts',
    find: "if state == 'applied' or state == 'verified' then return {'already'} end",
    instead: '',
  },
  'write-overtaken (memory)': {
    file: 'src/store/memory.ts',
    find: 'if (this.#slots.get(name) !== generation) store = undefined;',
    instead: '',
  },
} as const;

export type Guard = keyof typeof guards;

/** A source as it is without the guard. */
export function withoutGuard(guard: Guard, source: string): string {
  const { find, instead } = guards[guard];
  return source.replace(find, () => instead);
}

/** Takes one guard out as the Worker is bundled; an error when the line is not there (any more). */
export function without(guard: Guard): Plugin {
  const { file, find } = guards[guard];
  return {
    name: `without ${guard}`,
    setup(build) {
      let done = false;
      build.onLoad({ filter: new RegExp(`/${file.replaceAll('.', '\\.')}$`) }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        if (source.split(find).length !== 2)
          throw new Error(`guard ${guard}: its line is not once in ${file}`);
        done = true;
        return { contents: withoutGuard(guard, source), loader: 'ts' };
      });
      build.onEnd(() => {
        if (!done) throw new Error(`guard ${guard}: ${file} is not in the bundle`);
      });
    },
  };
}
