import type { Environment } from '../../cli/environment.ts';
import { type Handover, handedOver, portsHandedOver } from '../handover.ts';
import { Refusal } from '../refusal.ts';

const LOOK_MS = 5_000;

type Around = Pick<Environment, 'env' | 'fetch' | 'timeout'>;

/** The stack whose Worker is at `url`. Rejects with `Refusal` where none runs, or none with the demo's data. */
export async function stackAt(url: URL, environment: Around): Promise<Handover> {
  const port = Number(url.port || 80);
  const stack = { ...(handedOver(port) ?? guessed(url, port, environment.env)), url: url.origin };
  const others = portsHandedOver().filter((it) => it !== port);
  const hint = others.length > 0 ? `--port ${others[0]}, where one runs` : 'npm run dev starts one';
  if (!(await answers(`${url.origin}/-/health`)))
    throw new Refusal(`nothing answers at ${url.origin}/-/health; ${hint}`);
  if (stack.origin === null || !(await answers(`${stack.origin}/stats`)))
    throw new Refusal(
      `the edge at ${url.origin} has no demo origin behind it: its own data are not known here; start npm run dev without ORIGIN_URL`,
    );
  return stack;

  function answers(address: string): Promise<boolean> {
    return environment
      .fetch(address, { redirect: 'manual', signal: environment.timeout(LOOK_MS) })
      .then(async ({ ok, body }) => {
        await body?.cancel();
        return ok;
      })
      .catch(() => false);
  }
}

/** Of a stack that runs in another folder: its ports are in a row, and its `export` lines may be pasted. */
function guessed({ hostname }: URL, port: number, env: Environment['env']): Handover {
  const at = (offset: number) => `http://${hostname}:${port + offset}`;
  return {
    url: at(0),
    origin: at(1),
    gateway: at(2),
    queue: at(3),
    adminToken: env['ADMIN_TOKEN'] || null,
    originSecret: env['ORIGIN_SECRET'] || null,
  };
}
