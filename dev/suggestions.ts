import type { RouteEntry, WorkerDescription } from './description.ts';

export interface Suggestion {
  readonly command: string;
  readonly does: string;
}

export interface Examples {
  /** Values of parameters, by name; `:name` stands for one that is not known. */
  readonly values: Readonly<Record<string, string>>;
  /** Of a write, by class. Default `{}`. */
  readonly bodies: Readonly<Record<string, string>>;
}

/** A larger application has more routes than anybody reads in a terminal. */
const MOST_ROUTES = 12;

/** A command for each route of the Worker: those of the first cached one show most. */
export function suggestionsFor(
  { routes }: WorkerDescription,
  edge: string,
  examples: Examples,
): Suggestion[] {
  const shown = routes.slice(0, MOST_ROUTES);
  const first = shown.find(isOfTenant);
  const all = shown.flatMap((route) => {
    const suggestion = suggestionFor(route, edge, examples);
    return route === first ? [suggestion, ...othersFor(route, edge, examples)] : [suggestion];
  });
  const left = routes.length - shown.length;
  const more = left > 0 ? [{ command: '', does: `and ${left} more routes` }] : [];
  return [...all, ...more, ...purgeFor(routes, examples)];
}

const isOfTenant = ({ is, scope }: RouteEntry) => is === 'cached' && scope !== 'public';

function suggestionFor(route: RouteEntry, edge: string, examples: Examples): Suggestion {
  const { is, class: name, scope } = route;
  const url = urlOf(route, edge, examples);
  switch (is) {
    case 'cached': {
      const who = scope === 'public' ? '' : asAnn;
      return {
        command: `curl -i ${who}${url}`,
        does: `class ${name}: a miss, then a hit: read Cache-Status`,
      };
    }
    case 'written': {
      const body = examples.bodies[name!] ?? '{}';
      const json = `-H 'Content-Type: application/json' -d '${body}'`;
      const command = `curl -i -X ${route.method} ${scope === 'public' ? '' : asAnn}${json} ${url}`;
      return { command, does: `class ${name}: a write through the edge: the next read has it` };
    }
    case 'http-cache':
      return { command: `curl -i ${url}`, does: `HTTP cache ${name}: the origin's headers decide` };
    case 'own': {
      const method = ['GET', 'ALL'].includes(route.method) ? '' : `-X ${route.method} `;
      return { command: `curl -i ${method}${asAnn}${url}`, does: 'a handler of your own' };
    }
  }
}

/** What shows whose data a route gives. */
function othersFor(route: RouteEntry, edge: string, examples: Examples): Suggestion[] {
  const url = urlOf(route, edge, examples);
  return [
    { command: `curl -i ${asOther}${url}`, does: 'another tenant, its own data' },
    { command: `curl -i ${url}`, does: 'no token: 401' },
  ];
}

const asAnn = '-H "Authorization: Bearer $ACME" ';
const asOther = '-H "Authorization: Bearer $GLOBEX" ';

/** Hono's `:id{[0-9]{1,4}}` and `:id?` are `:id` to whoever fills it in; the rest of a wildcard is left out. */
function urlOf({ path, query }: RouteEntry, edge: string, { values }: Examples): string {
  const filled = path
    .replace(/:([^/{}?]+)(\{([^{}]|\{[^}]*\})*\})?\??/g, (_, name: string) => values[name] ?? `:${name}`)
    .replace(/\*$/, '');
  const search = query.map((name) => `${name}=${values[name] ?? `:${name}`}`).join('&');
  return `'${edge}${filled}${search && `?${search}`}'`;
}

/** By a tag of what is written, because that is what changes. */
function purgeFor(routes: readonly RouteEntry[], { values }: Examples): Suggestion[] {
  const tagged = routes.filter(({ tags }) => tags.length > 0);
  const route = tagged.find(({ is }) => is === 'written') ?? tagged[0];
  if (!route) return [];
  const tag = route.tags[0]!.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `:${name}`);
  const whose = route.scope === 'public' ? '--public' : '--tenant acme';
  return [
    {
      command: `npx stillfresh purge ${whose} --tag ${tag}`,
      does: 'a purge by hand, watched until it is verified',
    },
  ];
}
