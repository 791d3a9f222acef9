import site from './demo-entry.ts';

/** The Worker where the environment says `QSTASH_DEV=true`, as with Node compatibility: the SDK reads it from `process.env`. */
const scope = globalThis as { process?: unknown };

export default {
  ...site,
  async fetch(request: Request, env: Record<string, unknown>, ctx: ExecutionContext): Promise<Response> {
    scope.process ??= { env };
    return site.fetch(request, env, ctx);
  },
};
