import { strategy } from '../../../routes/strategy.ts';
import { edge, worker } from '../../../src/index.ts';

/** An isolate of its own for each request, with its settings changed as `X-Settings` says: null takes one away. */
export default {
  fetch(request: Request, env: Record<string, unknown>, ctx: ExecutionContext) {
    const changed = { ...env, ...(JSON.parse(request.headers.get('X-Settings') ?? '{}') as typeof env) };
    const settings = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== null));
    return worker(edge(strategy)).fetch(request, settings, ctx);
  },
};
