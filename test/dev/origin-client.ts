import { onTestFinished } from 'vitest';
import { type OriginOptions, startOrigin } from '../../dev/origin/server.ts';

export const SECRET = 'the-edge-and-the-origin-know-it';

export interface Ask {
  readonly tenant?: string;
  readonly user?: string;
  readonly secret?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A demo origin on a free port for one test, asked as the edge would ask it. */
export async function originForTest(options: Partial<OriginOptions> = {}) {
  const origin = await startOrigin({ port: 0, secret: SECRET, ...options });
  onTestFinished(() => origin.close());

  /** `route` is a method and a path: `GET /invoices/inv_0001`. Ann of acme asks, unless said otherwise. */
  async function ask(
    route: string,
    { tenant = 'acme', user = 'ann', secret = SECRET, body, headers }: Ask = {},
  ) {
    const [method, path] = route.split(' ') as [string, string];
    const response = await fetch(origin.url + path, {
      method,
      headers: { 'X-Origin-Secret': secret, 'X-Tenant-Id': tenant, 'X-User-Id': user, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: text && JSON.parse(text) };
  }
  return { url: origin.url, ask };
}

/** A `sleep` that ends when the test says so; `asked` resolves with the milliseconds of its first use. */
export function heldSleep() {
  const asked = Promise.withResolvers<number>();
  const over = Promise.withResolvers<void>();
  return {
    asked: asked.promise,
    end: over.resolve,
    sleep: (ms: number) => {
      asked.resolve(ms);
      return over.promise;
    },
  };
}
