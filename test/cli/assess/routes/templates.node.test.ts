import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bounds, OTHER } from '../../../../cli/assess/routes/bounds.ts';
import { parsePatterns, patternsOfRoutes } from '../../../../cli/assess/routes/patterns.ts';
import { learnTemplates, pathsAsRoutes } from '../../../../cli/assess/routes/templates.ts';
import type { RouteTemplates } from '../../../../cli/assess/source.ts';

/** The route of each path, after all were seen. */
function routesOf(
  paths: readonly string[],
  templates: RouteTemplates = learnTemplates(),
): Map<string, string> {
  const numbers = paths.map((path) => templates.numberOf(path));
  const names = templates.names();
  return new Map(paths.map((path, at) => [path, names[numbers[at]!]!]));
}

const routeOf = (path: string): string => routesOf([path]).get(path)!;
const setOf = (paths: readonly string[], templates?: RouteTemplates) =>
  [...new Set(routesOf(paths, templates).values())].sort();
const many = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at));

describe('one path is enough to know a value by its looks', () => {
  it.each([
    ['/invoices/123', '/invoices/:invoice_id'],
    ['/invoices/123/lines/4', '/invoices/:invoice_id/lines/:line_id'],
    ['/v1/invoices/inv_0001', '/v1/invoices/:invoice_id'],
    ['/users/7c9e6679-7425-40de-944b-e07fc1f90ae7/avatar.png', '/users/:user_id/avatar.png'],
    ['/events/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/events/:event_id'],
    ['/people/507f1f77bcf86cd799439011', '/people/:people_id'],
    ['/companies/cus_9s6XKzkNRiz8i3', '/companies/:company_id'],
    ['/orders/INV-2026-0001', '/orders/:order_id'],
    ['/blobs/da39a3ee5e6b4b0d3255bfef95601890afd80709', '/blobs/:hash'],
    ['/shares/dGhpcyBpcyBhIHRva2Vu0x9Zq1', '/shares/:share_id'],
    ['/reports/2026-02-28', '/reports/:date'],
    ['/reports/2026-02', '/reports/:month'],
    ['/blog/2026/02/28/hello', '/blog/:year/:month/:day/hello'],
    ['/members/ann@acme.example', '/members/:email'],
    ['/members/ann%40acme.example', '/members/:email'],
    ['/orders/123.json', '/orders/:order_id.json'],
    ['/images/x.png', '/images/:file'],
    ['/app/main.3f2a1b9c.js', '/app/:file'],
    ['/users/12/users/13', '/users/:user_id/users/:user_id_2'],
    ['/v1/123', '/v1/:id'],
    ['/users/12;jsessionid=A1/posts', '/users/:user_id/posts'],
  ])('%s → %s', (path, route) => {
    expect(routeOf(path)).toBe(route);
  });

  it.each([
    ...['/', '/about', '/about/', '//', '/v1/users/me', '/api/v2/status', '/robots.txt', '/favicon.ico'],
    ...[
      '/blog/review-2015',
      '/docs/http2',
      '/feedback',
      '/facade',
      '/a/b/c',
      '*',
      '/.well-known/security.txt',
    ],
  ])('%s stays what it is', (path) => {
    expect(routeOf(path)).toBe(path === '*' ? '/*' : path);
  });
});

describe('many show what one could not', () => {
  it('slugs', () => {
    const posts = many(12, (at) => `/blog/why-we-moved-${'abcdefghijkl'[at]}`);
    expect(setOf([...posts, '/blog', '/about'])).toEqual(['/about', '/blog', '/blog/:slug']);
  });

  it('names by the segment before them', () => {
    expect(setOf(many(40, (at) => `/blog/tags/tag${'x'.repeat(at)}`))).toEqual(['/blog/tags/:tag']);
  });

  it('a handful of names stays', () => {
    const paths = ['new', 'search', 'export', 'me', 'recent'].map((it) => `/users/${it}`);
    expect(setOf([...paths, '/users/1', '/users/2'])).toEqual([...paths, '/users/:user_id'].sort());
  });

  it('names that differ by a number alone', () => {
    const paths = ['d1', 'd2', 'd3'].flatMap((it) => [`/dashboards/${it}`, `/dashboards/${it}/kpis`]);
    expect(setOf(paths)).toEqual(['/dashboards/:dashboard_id', '/dashboards/:dashboard_id/kpis']);
    expect(setOf(['v1', 'v2', 'v3', 'v4'].map((it) => `/${it}/users`))).toHaveLength(4);
  });

  it('tenants, by what is behind them, and not what stands beside them', () => {
    const tenants = many(
      40,
      (at) => `/${'abcdefghij'[at % 10]}${'klmn'[at % 4]}corp${'z'.repeat(at)}/invoices/${at}`,
    );
    expect(setOf([...tenants, '/about', '/docs/start', '/api/health'])).toEqual(
      ['/:slug/invoices/:invoice_id', '/about', '/api/health', '/docs/start'].sort(),
    );
  });

  it('collections of an interface are no values, although each has ids behind it', () => {
    const resources = many(50, (at) => `/api/${'resource'.slice(0, 3 + (at % 5))}${'q'.repeat(at)}`);
    expect(setOf(resources.map((it) => `${it}/12`))).toHaveLength(50);
  });

  it('files', () => {
    const files = ['a.css', 'b.css', 'c.js', 'd.png'].map((it) => `/theme/${it}`);
    expect(setOf([...files, '/theme/index.html'])).toEqual(['/theme/:file', '/theme/index.html']);
    expect(setOf(files.slice(0, 2))).toEqual(['/theme/a.css', '/theme/b.css']);
  });
});

describe('routes that are given', () => {
  const given = (...texts: string[]) => learnTemplates({ patterns: parsePatterns(texts) });

  it('are taken before anything is learned, the first that fits', () => {
    const paths = ['/v1/acme/invoices/1', '/v1/globex/invoices/2', '/v1/status', '/v1/acme'];
    expect(setOf(paths, given('/v1/status', '/v1/:tenant/*', '/v1/:tenant'))).toEqual([
      '/v1/:tenant',
      '/v1/:tenant/invoices/:invoice_id',
      '/v1/status',
    ]);
  });

  it('may keep a value by its name, and all below in one', () => {
    const paths = ['/invoices/1', '/invoices/2', '/static/a/b.css', '/static/c'];
    expect(setOf(paths, given('/invoices/1', '/static/**'))).toEqual([
      '/invoices/1',
      '/invoices/:invoice_id',
      '/static/**',
    ]);
  });

  it('may be those of an application', () => {
    const patterns = patternsOfRoutes(['*', '/-/*', '/v1/invoices/:id{[a-z]+_[0-9]{4}}', '/reports/:year?']);
    const paths = ['/v1/invoices/draft', '/reports', '/reports/last', '/reports/1/2'];
    expect(setOf(paths, learnTemplates({ patterns }))).toEqual([
      '/reports',
      '/reports/:report_id/:id',
      '/reports/:year',
      '/v1/invoices/:id',
    ]);
  });

  it.each([
    ['users', 'it begins with a slash'],
    ['/users?x', 'a route has no query'],
    ['/users/:', ': is no name'],
    ['/*/users', 'a star stands alone, at the end'],
  ])('%s is refused', (text, why) => {
    expect(() => parsePatterns([text])).toThrow(`route ${text}: ${why}`);
  });
});

describe('without templates', () => {
  it('each path is a route', () => {
    const paths = ['/users/1', '/users/2', '/users/1/'];
    expect(setOf(paths, pathsAsRoutes())).toEqual([...paths].sort());
  });

  it('paths beyond the bound are one', () => {
    const found = routesOf(
      many(bounds.paths + 10, (at) => `/${at}`),
      pathsAsRoutes(),
    );
    expect(found.get('/5')).toBe('/5');
    expect(found.get(`/${bounds.paths}`)).toBe(OTHER);
    expect(new Set(found.values()).size).toBe(bounds.paths);
  });
});

describe('however many paths there are', () => {
  it.each([
    ['in one place', (at: number) => `/p${at.toString(36)}x`],
    [
      'in four places',
      (at: number) =>
        `/${[...at.toString(7).padStart(4, '0').slice(-4)].map((it) => 'abcdefg'[+it]! + it).join('/')}`,
    ],
    ['each deeper', (at: number) => `/${'x/'.repeat(at % 300)}${at}`],
    [
      'of words behind words',
      (at: number) => `/${[at % 97, at % 89, at % 83, at % 79].map(wordOf).join('/')}`,
    ],
  ])('%s, numbers and names are bounded', (_, make) => {
    const templates = learnTemplates();
    let most = 0;
    for (let at = 0; at < 60_000; at++) most = Math.max(most, templates.numberOf(make(at)));
    expect(most).toBeLessThan(bounds.routes);
    expect(templates.names().length).toBeLessThanOrEqual(bounds.routes);
  });

  it('a name that comes late is still a name', () => {
    const slugs = many(5_000, (at) => `/${wordOf(at)}-${wordOf(at * 7)}-x`);
    const found = routesOf([...slugs, '/api/users/7']);
    expect(found.get('/api/users/7')).toBe('/api/users/:user_id');
    expect(found.get(slugs[0]!)).toBe('/:slug');
    expect(found.get(slugs.at(-1)!)).toBe('/:slug');
  });
});

describe('in whatever order', () => {
  const values = many(1_500, (at) => `${wordOf(at * 7 + 40)}${'xyz'[at % 3]}q`);
  const names = [
    ...['users', 'orders', 'carts', 'items'].flatMap((it) => [`/api/${it}`, `/api/${it}/1`, `/api/${it}/2`]),
    ...['/docs/setup', '/docs/faq'],
  ];
  const paths = [
    // A name is asked for more often than a value. One that comes late, with what tenants have behind them, is taken for one of them.
    ...Array.from({ length: 40 }, () => names).flat(),
    ...values.flatMap((it) => [`/${it}`, `/${it}/users`, `/${it}/invoices/7`]),
    ...values.flatMap((it) => [`/blog/${it}`, `/shop/${it.slice(1)}/${it}.html`]),
  ];
  const routes = [
    ...['/:slug', '/:slug/invoices/:invoice_id', '/:slug/users', '/blog/:slug', '/docs/faq', '/docs/setup'],
    ...['/shop/:slug/:slug_2.html', '/api/carts', '/api/carts/:cart_id', '/api/items', '/api/items/:item_id'],
    ...['/api/orders', '/api/orders/:order_id', '/api/users', '/api/users/:user_id'],
  ];
  /** Each seed is another order. */
  const hashOf = (text: string, seed: number) =>
    [...text].reduce((hash, it) => Math.imul(hash ^ it.charCodeAt(0), 0x01000193), seed) >>> 0;

  it.each([1, 2, 3])('tenants beside a blog, a shop and an interface (%i)', (seed) => {
    const shuffled = paths
      .map((path, at) => ({ path, rank: hashOf(`${path} ${at}`, seed) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ path }) => path);
    const found = routesOf(shuffled);
    const counts = new Map<string, number>();
    for (const route of found.values()) counts.set(route, (counts.get(route) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual(routes.toSorted());
    expect(counts.get('/:slug/users')).toBe(values.length);
  });
});

/** Letters alone. */
function wordOf(number: number): string {
  return [...number.toString(36)]
    .map((it) => String.fromCharCode(97 + (Number.parseInt(it, 36) % 26)))
    .join('');
}

describe('for all paths', () => {
  const segment = fc.oneof(
    fc.constantFrom(
      'users',
      'invoices',
      'v1',
      'd1',
      'd2',
      'd3',
      'd4',
      '2026',
      '02',
      'me',
      '',
      'a.css',
      'b.css',
      'c.js',
      'd.png',
    ),
    fc.integer({ min: 0, max: 99 }).map(String),
    fc.string({ maxLength: 6 }).map((it) => it.replace(/[/?]/g, '-')),
  );
  const path = fc.array(segment, { maxLength: 4 }).map((it) => `/${it.join('/')}`);

  it('the order in which they come does not matter, and each has a name of as many segments', () => {
    fc.assert(
      fc.property(fc.array(path, { maxLength: 60 }), (paths) => {
        const shuffled = [...paths].sort((a, b) => a.length - b.length || (a < b ? 1 : -1));
        const found = routesOf(paths);
        expect(Object.fromEntries(routesOf(shuffled))).toEqual(Object.fromEntries(found));
        for (const [it, route] of found)
          if (!it.includes(';')) expect(route.split('/').length).toBe(it.split('/').length);
      }),
      { numRuns: 300 },
    );
  });

  it('the same path is of the same route, whatever number it was given', () => {
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 60 }), (paths) => {
        const templates = learnTemplates();
        const first = templates.numberOf(paths[0]!);
        for (const it of paths) templates.numberOf(it);
        const later = templates.numberOf(paths[0]!);
        const names = templates.names();
        expect(names[later]).toBe(names[first]);
      }),
    );
  });
});
