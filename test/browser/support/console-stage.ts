import { createHash } from 'node:crypto';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { bundle } from '../../../dev/bundle.ts';
import { type RunningEdge, startEdge } from '../../../dev/edge.ts';
import { DEV_AUDIENCE, DEV_ISSUER, signDevToken } from '../../../dev/keys.ts';
import { startOrigin } from '../../../dev/origin/server.ts';

export const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const SECRET = 'only-the-edge-and-its-origin-know';

/** Of each name a token, `token-of-<name>-0123456789`, with these scopes. */
const admins = { ops: ['read', 'purge', 'body', 'rollout'], reader: ['read'], hand: ['purge'] } as const;
export type AdminName = keyof typeof admins;
export const adminTokenOf = (name: AdminName) => `token-of-${name}-0123456789`;

const adminSetting = JSON.stringify(
  Object.fromEntries(
    Object.entries(admins).map(([name, scopes]) => [
      name,
      {
        sha256: createHash('sha256')
          .update(adminTokenOf(name as AdminName))
          .digest('hex'),
        scopes,
      },
    ]),
  ),
);

/** The demo with its console, in one isolate with a store in memory. */
export interface ConsoleStage {
  readonly url: string;
  readonly edge: RunningEdge;
  /** As `ann` of `acme`. */
  get(path: string): Promise<Response>;
  /** Figures of weeks; `alerts`: how they stand. */
  seed(alerts?: unknown): Promise<void>;
  /** Puts a class on for 5 %, as `ops` by the API. The next `seed` makes figures of it up. */
  rollOut(className: string): Promise<void>;
  /** A tag of `acme`, by the API. */
  purge(tag: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startConsole(): Promise<ConsoleStage> {
  const origin = await startOrigin({ port: 0, secret: SECRET });
  const edge = await startEdge({
    script: await bundle('test/browser/support/console-entry.ts'),
    bindings: {
      ENVIRONMENT: 'development',
      ORIGIN_URL: origin.url,
      ORIGIN_SECRET: SECRET,
      JWKS_URL: `${origin.url}/.well-known/jwks.json`,
      JWT_ISSUER: DEV_ISSUER,
      JWT_AUDIENCE: DEV_AUDIENCE,
      STORE: 'memory',
      ADMIN_TOKENS: adminSetting,
    },
  });
  const token = await signDevToken(
    { tenant: 'acme', user: 'ann', roles: ['admin'] },
    {
      nowMs: Date.now(),
      expiresInMs: 3_600_000,
      issuer: DEV_ISSUER,
      audience: DEV_AUDIENCE,
      claims: undefined,
    },
  );
  return {
    url: edge.url,
    edge,
    get: (path) => fetch(edge.url + path, { headers: { Authorization: `Bearer ${token}` } }),
    async seed(alerts = null) {
      const { status } = await fetch(`${edge.url}/seed`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(alerts),
      });
      if (status !== 204) throw new Error(`seed: ${status}`);
    },
    async rollOut(className) {
      const { status } = await fetch(`${edge.url}/-/rollout/${className}`, {
        method: 'PUT',
        headers: { Authorization: `Bearer ${adminTokenOf('ops')}`, 'If-Match': '*' },
        body: JSON.stringify({ mode: 'on', percent: 5, allow: ['acme'], why: 'equal for a day' }),
      });
      if (status !== 200) throw new Error(`rollout: ${status}`);
    },
    async purge(tag) {
      const { status } = await fetch(`${edge.url}/-/purge`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${adminTokenOf('ops')}` },
        body: JSON.stringify({ tenant: 'acme', tags: [tag] }),
      });
      if (status !== 202) throw new Error(`purge: ${status}`);
    },
    async stop() {
      await edge.stop();
      await origin.close();
    },
  };
}

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-component-update', '--disable-sync'] });

export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Violations of the CSP, errors on the console and in pages, requests that failed. */
  readonly faults: string[];
}

/** A browser of one person. Everything that goes wrong in it is noted. */
export async function open(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Opened> {
  const context = await browser.newContext({ timezoneId: 'America/New_York', ...options });
  const faults: string[] = [];
  await context.exposeBinding('cspViolated', (_, what: string) => void faults.push(`CSP ${what}`));
  await context.addInitScript(`document.addEventListener('securitypolicyviolation', (it) =>
    cspViolated(it.violatedDirective + ' ' + it.blockedURI + ' ' + it.sourceFile))`);
  const page = await context.newPage();
  page.on(
    'console',
    (it) => it.type() === 'error' && faults.push(`console ${it.text()} ${it.location().url}`),
  );
  page.on('pageerror', (it) => void faults.push(`page ${it.message}`));
  page.on('requestfailed', (it) => {
    const why = it.failure()?.errorText;
    // What a page still wanted when the next one was asked for.
    if (why !== 'net::ERR_ABORTED') faults.push(`request ${it.url()} ${why}`);
  });
  return { page, context, faults };
}

export async function logIn({ page }: Opened, { url }: ConsoleStage, name: AdminName = 'ops'): Promise<void> {
  await page.goto(`${url}/-/console`);
  await page.fill('#token', adminTokenOf(name));
  await page.click('.login button');
  await page.waitForURL(/\/-\/console$/);
}
