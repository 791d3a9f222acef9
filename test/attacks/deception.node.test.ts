import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Asked, Reply } from './support/node/origin.ts';
import { inTurns, startWorld, type World } from './support/node/world.ts';

/**
 * Web cache deception: a user is led to an address that the origin takes for his own page and a cache for something else,
 * and an attacker asks for it next. See PortSwigger, "Gotta cache 'em all" (2024); Mirheidari et al., "Cached and
 * Confused" (2020).
 */
const people = {
  ann: { Cookie: 'session=ann' },
  'ann with a token': { Authorization: 'Bearer ann-token' },
  nobody: {},
  mallory: { Cookie: 'session=mallory' },
  'mallory with a token': { Authorization: 'Bearer mallory-token' },
};
type Person = keyof typeof people;

/** Whose page an answer is: what follows the last of these words is the name. */
const pageOf = ({ headers }: Asked): string => {
  const { authorization, cookie } = headers;
  return `the page of ${(authorization ?? cookie ?? 'nobody').replace(/^Bearer |^session=/, '')}`;
};
const nameIn = (text: string) => /the page of ([\w-]+)/.exec(text)?.[1];
const nameOf: Record<Person, string> = {
  ann: 'ann',
  'ann with a token': 'ann-token',
  nobody: 'nobody',
  mallory: 'mallory',
  'mallory with a token': 'mallory-token',
};

/** As paths are decoded, once too often, until nothing changes any more. */
function decoded(path: string): string {
  const once = path.replace(/%([0-7][0-9a-f])/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return once === path ? path : decoded(once);
}

/** What Cloudflare takes for static by default, and one that is longer. */
const extensions = [
  ...'7z avi avif apk bin bmp bz2 class css csv doc docx dmg ejs eot eps exe flac gif gz ico iso jar'.split(
    ' ',
  ),
  ...'jpg jpeg js mid midi mkv mp3 mp4 ogg otf pdf pict pls png ppt pptx ps rar svg svgz swf tar tif'.split(
    ' ',
  ),
  ...'tiff ttf webm webp woff woff2 xls xlsx zip zst webmanifest'.split(' '),
];
const isStatic = (path: string) =>
  extensions.some((it) => path.toLowerCase().endsWith(`.${it}`)) ||
  /^\/static\/|\/(robots\.txt|favicon\.ico)$/.test(path);

const LONG_AGO = 'Wed, 01 Jan 2020 00:00:00 GMT';

/** What the origin says of caching, by the request's path. */
const policies: Record<string, (path: string) => Record<string, string>> = {
  'says nothing, with Last-Modified': () => ({ 'Last-Modified': LONG_AGO }),
  'says max-age': () => ({ 'Cache-Control': 'max-age=600' }),
  'says private': () => ({ 'Cache-Control': 'private, max-age=600' }),
  'calls public what looks static': (path): Record<string, string> =>
    isStatic(path) || isStatic(decoded(path))
      ? { 'Cache-Control': 'public, max-age=600' }
      : { 'Last-Modified': LONG_AGO },
};

/** As frameworks see a path: decoded, and perhaps without parameters, with dot segments and doubled slashes resolved. */
function isAccount(path: string): boolean {
  const plain = decoded(path).replaceAll('\\', '/').toLowerCase();
  const resolved = new URL(plain.replace(/;[^/]*/g, '').replace(/\/+/g, '/'), 'http://origin').pathname;
  return /^\/+account/.test(plain) || resolved.startsWith('/account');
}

/** The account, whatever of its address the origin looks at. */
function account(asked: Asked): Reply {
  const [path = '', query = ''] = asked.target.split('?');
  if (!isAccount(path)) return { status: 404 };
  const says = Object.values(policies)[Number(query)]!;
  return { headers: { 'Content-Type': 'text/html', ...says(path) }, body: pageOf(asked) };
}

const listed = (text: string) => text.trim().split(/\s+/);

const addresses = [
  '/account',
  ...extensions.flatMap((it) => [`/account/x.${it}`, `/account.${it}`]),
  // What ends the path for one, and not for the other.
  ...listed(`
    ; ! $ & ' ( * + , : = @ ~ | ^ %00 %09 %0a %0A %0d %20 %21 %22 %23 %24 %26 %2c %2f %2F %3a %3b %3B %3c %3F %3f
    %40 %5c %5C %7c %7f %252F %252f %253F %2523 %c0%af // \\ /./ /y/../
  `).map((it) => `/account${it}x.css`),
  ...listed(`
    /account%00.css /account%3B.css /account%3F.css /account%23.css /account%0a.css /account/.css
    /account.css. /account./x.css /account../x.css /account.css/ /account/x.css/. /account/x%2Ecss
    /account/x.cs%73 /account/x.CSS /ACCOUNT/x.css /Account/X.Css
  `),
  // A way to it that begins where static files are.
  ...listed(`
    //account /./account /static/../account /static/%2e%2e/account /static/.%2e/account /static/..%2faccount
    /static/..%2Faccount /static/%2e%2e%2faccount /static/..%5caccount /static/..\\account
    /static/..;/account /static/..;x/account /static/%252e%252e/account /static/..%252faccount
    /static/%252e%252e%252faccount /static/..//account
  `),
  // And one that ends there.
  ...listed(`
    /account%2f..%2fstatic%2fx /account/..%2f..%2frobots.txt /account%23%2f..%2frobots.txt
    /account;%2f..%2frobots.txt /account%3f%2f..%2ffavicon.ico /account/%2e%2e%2frobots.txt
    /account;/robots.txt /account/robots.txt /account/favicon.ico /account%2ffavicon.ico
  `),
  // Letters that need no encoding, and encoded encodings.
  ...listed('/%61ccount /%61ccount/x.css /a%63count.css /%2561ccount/x.css /accoun%74%2fx.css'),
];

it('has addresses that differ', () => {
  expect(new Set(addresses).size).toBe(addresses.length);
});

interface Seen {
  /** The first of each address. */
  readonly leaks: readonly string[];
  readonly hits: number;
  /** Addresses under which ann did not find her page: they were not tried. */
  readonly astray: readonly string[];
}

/** Each in turn asks for everything; whoever is shown another's page is named. */
async function everybodyAsks(world: World, policy: number): Promise<Seen> {
  const leaks = new Map<string, string>();
  const astray: string[] = [];
  let hits = 0;
  const order: Person[] = [...(Object.keys(people) as Person[]), 'ann', 'ann with a token'];
  for (const person of order) {
    await inTurns(addresses, async (address) => {
      const { text, headers } = await world.send(`GET ${address}?${policy}`, { headers: people[person] });
      const cacheStatus = String(headers['cache-status']).replace(/; key=.*/, '');
      const shown = nameIn(text);
      if (/; hit/.test(cacheStatus)) hits += 1;
      if (shown === undefined) astray.push(address);
      else if (![nameOf[person], 'nobody'].includes(shown) && !leaks.has(address))
        leaks.set(address, `${address}: ${person} was shown ${text} (${cacheStatus})`);
    });
    await world.settled();
  }
  return { leaks: [...leaks.values()].sort(), hits, astray };
}

describe.each(['careless', 'all', 'keyed'] as const)('cache: %s', (cache) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(account, { cache });
  });
  afterAll(() => world.stop());

  it.each([...Object.keys(policies).entries()])('an origin (%i) that %s', async (policy) => {
    const { leaks, hits, astray } = await everybodyAsks(world, policy);
    if (cache === 'careless') expect(leaks.length).toBe(addresses.length);
    else expect(leaks).toEqual([]);
    expect(astray).toEqual([]);
    // What says nothing of anybody is stored: otherwise nothing was tried.
    if (policy !== 2) expect(hits).toBeGreaterThan(0);
  });
});
