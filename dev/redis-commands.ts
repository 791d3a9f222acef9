import { readFile } from 'node:fs/promises';
import { type Class, type Program, parse } from 'acorn';
import type { Plugin } from 'esbuild';
import type { RedisClient, RedisPipeline } from '../src/store/upstash-rest.ts';
import { Refusal } from './refusal.ts';

/*
 * Of the Redis SDK, for the store, only the commands that the store sends. The SDK has some 300, each a field of `Redis` and again of `Pipeline`, and
 * no bundler may leave out a field. The types say what the store sends, and the compiler compares them with these tables. What a team imports of the
 * SDK by itself stays as it is.
 */
const ofRedis: Record<keyof RedisClient, true> = {
  del: true,
  eval: true,
  evalsha: true,
  exec: true,
  incr: true,
  mget: true,
  pipeline: true,
  scan: true,
  xadd: true,
  zadd: true,
  zrange: true,
  zrem: true,
};
const ofPipeline: Record<keyof RedisPipeline, true> = { del: true, exec: true, rename: true };

/** With what constructors and those call. `Redis2` is Cloudflare's `Redis`. */
const kept = new Map([
  ['Redis', new Set(['constructor', 'addTelemetry', ...Object.keys(ofRedis)])],
  ['Redis2', new Set(['constructor'])],
  ['Pipeline', new Set(['constructor', 'chain', ...Object.keys(ofPipeline)])],
]);

const mark = '?commands-of-the-store';

export const redisCommands: Plugin = {
  name: 'redis-commands',
  setup(build) {
    build.onResolve({ filter: /^(@upstash\/redis\/cloudflare|\.\/chunk-\w+\.mjs)$/ }, async (import_) => {
      const { path, importer, kind, resolveDir, pluginData } = import_;
      const byStore = pluginData === mark || /[\\/]src[\\/]store[\\/]/.test(importer);
      if (!byStore || pluginData === 'found') return undefined;
      const found = await build.resolve(path, { importer, kind, resolveDir, pluginData: 'found' });
      return { ...found, suffix: mark };
    });
    build.onLoad({ filter: /\.mjs$/ }, async ({ path, suffix }) =>
      suffix === mark
        ? { contents: withoutOthers(await readFile(path, 'utf8')), pluginData: mark }
        : undefined,
    );
  },
};

/** Spaces stand for what is left out, so that source maps hold. */
function withoutOthers(code: string): string {
  const others = classesIn(parse(code, { ecmaVersion: 'latest', sourceType: 'module' })).flatMap(
    otherMembers,
  );
  if (others.length === 0)
    throw new Refusal('@upstash/redis is of another form than dev/redis-commands.ts knows');
  let [rest, end] = ['', 0];
  for (const member of others) {
    rest += code.slice(end, member.start) + code.slice(member.start, member.end).replace(/\S/g, ' ');
    end = member.end;
  }
  return rest + code.slice(end);
}

/** `var Redis = class …`, as its bundler writes it. */
const classesIn = ({ body }: Program): (readonly [name: string, Class])[] =>
  body.flatMap((statement) =>
    statement.type !== 'VariableDeclaration'
      ? []
      : statement.declarations.flatMap(({ id, init }) =>
          id.type === 'Identifier' && init?.type === 'ClassExpression' ? [[id.name, init] as const] : [],
        ),
  );

/** Functions and getters; other fields hold a client's state. */
const otherMembers = ([name, { body }]: readonly [name: string, Class]) =>
  body.body.filter((member) => {
    if (member.type === 'StaticBlock' || member.key.type !== 'Identifier') return false;
    const isCode = member.type === 'MethodDefinition' || member.value?.type === 'ArrowFunctionExpression';
    return isCode && kept.get(name)?.has(member.key.name) === false;
  });
