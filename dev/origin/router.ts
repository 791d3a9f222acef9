import type * as z from 'zod';
import { type Answer, Refusal } from './answer.ts';

export interface Route {
  /** Method and pattern, `GET /invoices/:id`: also its name in `/stats` and `/faults`. */
  readonly name: string;
  /** `data`: needs the edge's secret, is counted, takes faults. `keys`: takes faults that name it. `control`: none of it. */
  readonly kind: 'data' | 'keys' | 'control';
  handle(request: RouteRequest): Answer | Promise<Answer>;
}

export interface RouteRequest {
  /** What stands in place of `:id`; empty in a route without. */
  readonly id: string;
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
  /** The JSON body as `schema` wants it, or a refusal that names the field. */
  body<T>(schema: z.ZodType<T>): Promise<T>;
}

/** The route for a method and a path, with what stands in place of `:id`; refuses with 404 or 405. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; id: string } {
  const here = routes.flatMap((route) => {
    const [routeMethod, pattern] = route.name.split(' ') as [string, string];
    const id = matchPath(pattern, path);
    return id === undefined ? [] : [{ route, routeMethod, id }];
  });
  if (here.length === 0) throw new Refusal(404, 'there is no such route');
  const found = here.find(({ routeMethod }) => routeMethod === method);
  if (found !== undefined) return found;
  const allowed = here.map(({ routeMethod }) => routeMethod).join(', ');
  throw new Refusal(405, `only ${allowed} here`, { headers: { Allow: allowed } });
}

/** What stands in place of `:id` (`''` in a pattern without); undefined when the path is another. */
function matchPath(pattern: string, path: string): string | undefined {
  const segments = path.split('/');
  const wanted = pattern.split('/');
  const matches =
    segments.length === wanted.length && wanted.every((part, at) => part === ':id' || part === segments[at]);
  return matches ? decode(segments[wanted.indexOf(':id')] ?? '') : undefined;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refusal(400, 'the path is not well-formed');
  }
}
