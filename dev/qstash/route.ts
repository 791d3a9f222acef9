import { Refused } from './refused.ts';
import type { HeaderMap } from './settings.ts';
import type { Answer } from './wire.ts';

export interface ApiRequest {
  readonly query: URLSearchParams;
  readonly headers: HeaderMap;
  readonly body: Buffer;
  readonly callerIp: string;
}

type Handle = (request: ApiRequest, ...parameters: string[]) => Answer;

export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: Handle;
}

/** `POST /v2/enqueue/:queue/*`: `:queue` is one segment, and `*` the rest as it came, with what looks like a query. */
export function route(name: string, handle: Handle): Route {
  const [method, path] = name.split(' ') as [string, string];
  const source = path.replace(/:\w+/g, '([^/?]+)').replace(/\*$/, '(.*)');
  const end = path.endsWith('*') ? '$' : '(?:\\?.*)?$';
  return { method, pattern: new RegExp(`^${source}${end}`), handle };
}

/** What is to be done for a request; 404 for what QStash has and this stand-in does not. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  target: string,
): (request: ApiRequest) => Answer {
  const here = routes.filter(({ pattern }) => pattern.test(target));
  const found = here.find((candidate) => candidate.method === method);
  if (found) {
    const parameters = found.pattern.exec(target)?.slice(1) ?? [];
    return (request) => found.handle(request, ...parameters);
  }
  const path = target.split('?')[0];
  if (here.length > 0) throw new Refused(405, `${path} takes no ${method}`);
  throw new Refused(404, `this stand-in for QStash has no ${path}`);
}
