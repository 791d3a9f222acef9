import { serveJwks } from './jwks.ts';
import { startOrigin } from './origin/server.ts';
import { startWebhooks } from './origin/webhooks.ts';
import { whyUnreachable } from './proxy/origin.ts';
import { signingSecret } from './secrets.ts';
import type { Settings } from './settings.ts';

export interface UpstreamOptions {
  /** The Worker's; the demo origin's, or that of the keys, is one more. */
  readonly port: number;
  readonly settings: Settings;
  readonly originSecret: string;
  /** What the demo origin signs its webhooks with. */
  readonly hookSecret: string;
  readonly say: (line: string) => void;
  readonly log: (line: string) => void;
}

export interface Upstream {
  readonly origin: string;
  /** Where the keys are that verify tokens. */
  readonly jwks: string;
}

/** Where the data and the keys are: as the settings say, else at the demo origin; the keys of development wherever the data are. */
export async function startUpstream(
  options: UpstreamOptions,
  ending: (() => Promise<void>)[],
): Promise<Upstream> {
  const { port, settings, say } = options;
  const { ORIGIN_URL: given, JWKS_URL: keys } = settings;
  if (keys) say('JWKS_URL is set: the tokens below are taken only if the development key is among its keys');
  if (!given) {
    const origin = await startDemoOrigin(options, ending);
    return { origin, jwks: keys || `${origin}/.well-known/jwks.json` };
  }
  if (!settings['ORIGIN_SECRET'])
    say('ORIGIN_URL is set and ORIGIN_SECRET is not: an origin that checks it will refuse this edge');
  // The first request would say it else.
  const why = /^https?:$/.test(URL.parse(given)?.protocol ?? '') ? await whyUnreachable(given) : null;
  if (why !== null) say(`the origin ${given} does not answer yet: ${why}`);
  if (keys) return { origin: given, jwks: keys };
  const served = await serveJwks(port + 1);
  ending.push(() => served.close());
  return { origin: given, jwks: served.url };
}

/** It tells the edge of its changes, as a product would. */
async function startDemoOrigin(
  { port, originSecret: secret, hookSecret, log }: UpstreamOptions,
  ending: (() => Promise<void>)[],
): Promise<string> {
  const webhooks = startWebhooks({
    url: `http://127.0.0.1:${port}/hooks/app`,
    secret: signingSecret(hookSecret),
    now: Date.now,
    log: (line) => log(`origin: ${line}`),
  });
  ending.push(() => webhooks.stop());
  const origin = await startOrigin({ port: port + 1, secret, onChange: (it) => webhooks.send(it) });
  ending.push(() => origin.close());
  return origin.url;
}
