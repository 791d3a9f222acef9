import { bundle } from '../../../dev/bundle.ts';
import { startEdge } from '../../../dev/edge.ts';
import { startOrigin } from '../../../dev/origin/server.ts';
import { AUDIENCE, ISSUER, type Issuer, startIssuer } from './issuer.ts';

/** One isolate before the demo origin, without Redis, and an issuer that signs anything. */
export interface Target {
  readonly url: string;
  readonly issuer: Issuer;
  /** Ann of acme, as a good token says it; `claims` replace its own, undefined takes one away. */
  claims(claims?: Record<string, unknown>): Record<string, unknown>;
  readonly good: string;
  readonly logs: string[];
  /** Throws when a text shows what no caller may see. */
  mustBeSilent(text: string): void;
  stop(): Promise<void>;
}

export const SECRETS = {
  ORIGIN_SECRET: 'secret-of-the-origin-0a1b2c3d',
  UPSTASH_REDIS_REST_TOKEN: 'secret-of-the-store-4e5f6a7b',
};

export async function startTarget(
  entry: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Target> {
  const origin = await startOrigin({ port: 0, secret: SECRETS.ORIGIN_SECRET });
  const issuer = await startIssuer();
  const logs: string[] = [];
  const edge = await startEdge({
    script: await bundle(entry),
    log: (line) => void logs.push(line),
    bindings: {
      ENVIRONMENT: 'production',
      ORIGIN_URL: origin.url,
      JWKS_URL: issuer.jwksUrl,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      STORE: 'memory memory',
      ...SECRETS,
      ...more,
    },
  });
  const claims = (changed: Record<string, unknown> = {}) => ({
    iss: ISSUER,
    aud: AUDIENCE,
    exp: Math.floor(Date.now() / 1000) + 3_600,
    sub: 'ann',
    tenant: 'acme',
    roles: ['admin'],
    ...changed,
  });
  const hidden = [
    ...Object.values(SECRETS),
    new URL(origin.url).host,
    new URL(issuer.jwksUrl).host,
    ISSUER,
    'node_modules',
    'worker.mjs',
  ];
  return {
    url: edge.url,
    issuer,
    claims,
    good: issuer.token(claims()),
    logs,
    mustBeSilent(text) {
      for (const word of hidden) if (text.includes(word)) throw new Error(`shows ${word}: ${text}`);
      const frame =
        /^\s+at .+:\d+:\d+\)?$|\b\w+\.[mc]?[tj]s:\d+|\b(Type|Syntax|Range|Reference)Error\b/m.exec(text);
      if (frame) throw new Error(`shows a stack: ${frame[0]}`);
    },
    async stop() {
      await edge.stop();
      await origin.close();
      await issuer.close();
    },
  };
}
