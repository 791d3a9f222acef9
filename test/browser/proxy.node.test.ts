import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { etag } from 'hono/etag';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import sirv from 'sirv';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, onTestFailed, test } from 'vitest';
import type { OutcomeName } from '../../src/telemetry/outcome.ts';
import { type Command, freePorts, root, run } from '../dev/dev-command.ts';

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

// ---- the origin: a site of files, an API, and a page of one user's own ----

/** A picture that a browser draws: RGB, of one colour. */
function png(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const header = Buffer.from([0, 0, 0, side, 0, 0, 0, side, 8, 2, 0, 0, 0]);
  const row = Buffer.from([0, ...Array.from({ length: side }, () => [20, 120, 90]).flat()]);
  const rows = Buffer.concat(Array.from({ length: side }, () => row));
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A tone that a browser plays: 8 bits, 8000 of them a second. */
function wav(seconds: number): Buffer {
  const samples = Buffer.from(
    Uint8Array.from({ length: seconds * 8000 }, (_, at) => 128 + 40 * Math.sin(at / 3)),
  );
  const header = Buffer.alloc(44);
  header.write('RIFF\0\0\0\0WAVEfmt ');
  header.writeUInt32LE(36 + samples.length, 4);
  for (const [at, value] of [
    [16, 16],
    [24, 8000],
    [28, 8000],
  ] as const)
    header.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 1],
    [34, 8],
  ] as const)
    header.writeUInt16LE(value, at);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

/** 1.4 MB: more than is stored. */
const longTone = wav(180);

const files: Readonly<Record<string, string | Buffer>> = {
  'index.html': `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Shop</title>
<link rel="stylesheet" href="/style.css"><link rel="icon" href="/mark.svg">
<h1>Shop</h1><img id="picture" src="/picture.png" alt="a square"><p id="items"></p>
<form><input name="name" aria-label="name"><button>Add</button></form>
<script type="module" src="/app.js"></script></html>`,
  'style.css': 'h1 { color: rgb(20, 120, 90); background: url(/mark.svg) right / contain no-repeat; }',
  'app.js': `import { call } from '/api.js';
const show = async () => { document.querySelector('#items').textContent = (await call()).join(', ');
  document.body.dataset.shown = Number(document.body.dataset.shown ?? 0) + 1; };
document.querySelector('form').onsubmit = async (event) => { event.preventDefault();
  await call({ method: 'POST', body: event.target.name.value }); await show(); };
await show();`,
  'api.js': `export async function call(init) { const answer = await fetch('/api/items', init);
  if (!answer.ok) throw new Error(answer.status); return answer.json(); }`,
  'picture.png': png(64),
  'mark.svg': '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>',
  'tone.html':
    '<!doctype html><title>Tone</title><link rel="icon" href="/mark.svg"><audio src="/long.wav" preload="auto" muted></audio>',
  'long.wav': longTone,
  'short.wav': wav(2),
};

/** What the page needs, and so what has to be a hit when it is loaded again. */
const resources = ['/', '/style.css', '/app.js', '/api.js', '/picture.png', '/mark.svg', '/api/items'];

function api(): Hono {
  const items = ['tea', 'cups'];
  return new Hono()
    .get('/api/items', etag(), (c) => {
      c.header('Cache-Control', 's-maxage=60, stale-while-revalidate=30');
      return c.json(items);
    })
    .post('/api/items', async (c) => {
      items.push(await c.req.text());
      return c.json(items, 201);
    })
    .get('/account', (c) => {
      const name = /name=(\w+)/.exec(c.req.header('Cookie') ?? '')?.[1] ?? 'nobody';
      c.header('Cache-Control', 'private, max-age=60');
      return c.html(
        `<!doctype html><title>Account</title><link rel="icon" href="/mark.svg"><p id="who">${name}</p>`,
      );
    });
}

async function startOrigin(port: number, folder: string): Promise<Server> {
  // ETag, Last-Modified, `Cache-Control: public,max-age=60`, ranges.
  const site = sirv(folder, { etag: true, maxAge: 60 });
  const dynamic = getRequestListener(api().fetch);
  const server = createServer((request, response) => {
    if (/^\/(api\/|account)/.test(request.url!)) dynamic(request, response);
    else site(request, response, () => void response.writeHead(404).end());
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return server;
}

// ---- the stage: origin, proxy, browser ----

let browser: Browser;
let folder: string;
const ending: (() => Promise<unknown>)[] = [];

/** What the proxy did, as it logs it. */
interface Line {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly outcome: OutcomeName;
  readonly fwd?: string;
  readonly stored?: boolean;
  readonly detail?: string;
}

interface Stage {
  readonly url: string;
  open(): Promise<{ page: Page; context: BrowserContext }>;
  /** What the proxy was asked since the last call, once `paths` are among it. */
  asked(paths: readonly string[]): Promise<Map<string, Line>>;
  /** Failed requests, errors on consoles and in pages. */
  readonly faults: string[];
}

async function stage(store: 'memory' | 'redis' = 'memory'): Promise<Stage> {
  const port = await freePorts();
  const origin = await startOrigin(port + 1, folder);
  ending.push(async () => origin.close().closeAllConnections());
  const args = `--origin http://127.0.0.1:${port + 1} --port ${port} --store ${store} --json`.split(' ');
  const proxy: Command = run(join(root, 'node_modules/.bin/node'), ['dev/proxy/main.ts', ...args]);
  ending.push(async () => {
    proxy.signalGroup('SIGTERM');
    await proxy.ended;
  });
  const url = (await proxy.line(/^ready /)).slice('ready '.length);
  const faults: string[] = [];
  onTestFailed(() => console.log([...faults, ...proxy.said].join('\n')));
  let read = 0;
  return {
    url,
    faults,
    async open() {
      const context = await browser.newContext();
      ending.push(() => context.close());
      const page = await context.newPage();
      page.setDefaultTimeout(10_000); // so that it is said what was waited for
      page.on('requestfailed', (it) => faults.push(`${it.url()} ${it.failure()?.errorText}`));
      page.on('console', (it) => void (it.type() === 'error' && faults.push(it.text())));
      page.on('pageerror', (it) => faults.push(it.message));
      return { page, context };
    },
    async asked(paths) {
      const seen = new Map<string, Line>();
      const look = () => {
        const fresh = proxy.out.slice(read).map((it) => JSON.parse(it) as Line & { event: string });
        read = proxy.out.length;
        for (const it of fresh) if (it.event === 'request') seen.set(it.path, it);
        return [...seen.keys()];
      };
      await expect.poll(look, { timeout: 10_000 }).toEqual(expect.arrayContaining([...paths]));
      return seen;
    },
  };
}

const shown = (page: Page, times = 1) => page.waitForSelector(`body[data-shown="${times}"]`);

/** What a person would see if something had not come, or had come broken. */
async function expectWhole(page: Page, items: string): Promise<void> {
  expect(await page.textContent('#items')).toBe(items);
  expect(await page.evaluate("document.querySelector('#picture').naturalWidth")).toBe(64);
  expect(await page.evaluate("getComputedStyle(document.querySelector('h1')).color")).toBe(
    'rgb(20, 120, 90)',
  );
}

function expectHits(lines: Map<string, Line>): void {
  for (const path of resources) expect(lines.get(path), path).toMatchObject({ outcome: 'hit' });
}

function tests(): void {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stillfresh-site-'));
    await mkdir(folder, { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const args = '--disable-gpu --disable-quic --no-first-run --disable-background-networking';
    browser = await chromium.launch({
      executablePath,
      args: [
        ...args.split(' '),
        '--no-sandbox',
        '--disable-component-update',
        '--disable-sync',
        '--mute-audio',
      ],
    });
  });
  afterEach(async () => {
    for (const end of ending.splice(0).reverse()) await end();
  });
  afterAll(async () => {
    await browser?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  it.each(inject('redis') ? (['memory', 'redis'] as const) : (['memory'] as const))(
    'a site and its API, stored in %s: a miss each, then hits for everybody',
    async (store) => {
      const { url, open, asked, faults } = await stage(store);
      const first = await open();
      await first.page.goto(url);
      await shown(first.page);
      await expectWhole(first.page, 'tea, cups');
      const missed = await asked(resources);
      for (const path of resources)
        expect(missed.get(path), path).toMatchObject({ fwd: 'uri-miss', stored: true, status: 200 });

      const second = await open();
      const answers = new Map<string, string | null>();
      second.page.on('response', async (it) => {
        answers.set(new URL(it.url()).pathname, await it.headerValue('cache-status'));
      });
      await second.page.goto(url);
      await shown(second.page);
      await expectWhole(second.page, 'tea, cups');
      expectHits(await asked(resources));
      await expect.poll(() => [...answers.keys()].sort()).toEqual([...resources].sort());
      for (const [path, it] of answers) expect(it, path).toMatch(/^Stillfresh; hit; ttl=\d+/);
      expect(faults).toEqual([]);
    },
  );

  it('a reload: the browser asks for more than is given, and has 304 for what it still has', async () => {
    const { url, open, asked, faults } = await stage();
    const { page } = await open();
    await page.goto(url);
    await shown(page);
    await asked(resources);
    await page.reload();
    await shown(page);
    await expectWhole(page, 'tea, cups');
    const reloaded = await asked(['/', '/api/items']);
    for (const line of reloaded.values()) expect(line, line.path).toMatchObject({ outcome: 'hit' });
    expect(reloaded.get('/')).toMatchObject({ status: 304, detail: 'request-directives-ignored' });
    expect(reloaded.get('/api/items')).toMatchObject({ status: 304 });
    expect(faults).toEqual([]);
  });

  it('a reload past the browser’s cache, as with Shift: hits all the same', async () => {
    const { url, open, asked, faults } = await stage();
    const { page, context } = await open();
    await page.goto(url);
    await shown(page);
    await asked(resources);
    const session = await context.newCDPSession(page);
    await Promise.all([page.waitForEvent('load'), session.send('Page.reload', { ignoreCache: true })]);
    await shown(page);
    await expectWhole(page, 'tea, cups');
    const reloaded = await asked(resources);
    expectHits(reloaded);
    for (const path of resources.filter((it) => it !== '/api/items'))
      expect(reloaded.get(path), path).toMatchObject({ status: 200, detail: 'request-directives-ignored' });
    expect(faults).toEqual([]);
  });

  it('a change through the proxy is seen by the next read, here and in another browser', async () => {
    const { url, open, asked, faults } = await stage();
    const { page } = await open();
    await page.goto(url);
    await shown(page);
    await asked(resources);
    await page.fill('input', 'sugar');
    await page.click('button');
    await shown(page, 2);
    await expectWhole(page, 'tea, cups, sugar');
    expect((await asked(['/api/items'])).get('/api/items')).toMatchObject({ method: 'GET', outcome: 'miss' });
    const other = await open();
    await other.page.goto(url);
    await shown(other.page);
    await expectWhole(other.page, 'tea, cups, sugar');
    expectHits(await asked(resources));
    expect(faults).toEqual([]);
  });

  it('a page of one user’s own is never shared', async () => {
    const { url, open, asked, faults } = await stage();
    for (const name of ['ann', 'bob', 'ann']) {
      const { page, context } = await open();
      await context.addCookies([{ name: 'name', value: name, url }]);
      await page.goto(`${url}/account`);
      expect(await page.textContent('#who')).toBe(name);
      const line = (await asked(['/account'])).get('/account');
      expect(line).toMatchObject({ outcome: expect.stringMatching(/^(miss|bypass)$/), stored: false });
    }
    expect(faults).toEqual([]);
  });

  it('what is public is shared with those who have a cookie too', async () => {
    const { url, open, asked, faults } = await stage();
    for (const cookie of [false, true, true]) {
      const { page, context } = await open();
      if (cookie) await context.addCookies([{ name: 'name', value: 'ann', url }]);
      await page.goto(url);
      await shown(page);
      await expectWhole(page, 'tea, cups');
      const lines = await asked(resources);
      if (cookie) expectHits(lines);
    }
    expect(faults).toEqual([]);
  });

  it('a tone too large to be stored plays, and can be played from its end', async () => {
    const { url, open, asked, faults } = await stage();
    const { page } = await open();
    await page.goto(`${url}/tone.html`);
    await page.waitForFunction("document.querySelector('audio').readyState >= 2");
    expect(await page.evaluate("document.querySelector('audio').duration")).toBe(180);
    const sought = `new Promise((done) => { const tone = document.querySelector('audio');
      tone.onseeked = () => done(tone.currentTime); tone.currentTime = 170; })`;
    expect(await page.evaluate(sought)).toBe(170);
    expect((await asked(['/long.wav'])).get('/long.wav')).toMatchObject({ outcome: 'miss', stored: false });
    // A browser breaks off what it asked for too much of, as soon as it seeks.
    expect(faults.filter((it) => !/long\.wav net::ERR_ABORTED$/.test(it))).toEqual([]);
  });

  it('a part of a file: exact bytes, from the origin at first and from the store once the whole is there', async () => {
    const { url, open, asked, faults } = await stage();
    const { page } = await open();
    await page.goto(url);
    await shown(page);
    // `no-store`: past the browser's own cache.
    const part = (path: string, range: string) =>
      page.evaluate(`fetch('${path}', { cache: 'no-store', headers: { Range: '${range}' } })
        .then(async (it) => [it.status, it.headers.get('Content-Range'), [...new Uint8Array(await it.arrayBuffer())]])`);
    const expected = (first: number, last: number, of: Buffer) => [
      206,
      `bytes ${first}-${last}/${of.length}`,
      [...of.subarray(first, last + 1)],
    ];
    const short = files['short.wav'] as Buffer;
    for (const [first, last] of [
      [0, 99],
      [1_400_000, 1_400_009],
    ] as const)
      expect(await part('/long.wav', `bytes=${first}-${last}`)).toEqual(expected(first, last, longTone));
    expect(await part('/short.wav', 'bytes=40-59')).toEqual(expected(40, 59, short));
    expect((await asked(['/short.wav'])).get('/short.wav')).toMatchObject({ outcome: 'miss', status: 206 });
    await page.evaluate("fetch('/short.wav', { cache: 'no-store' }).then((it) => it.arrayBuffer())");
    await asked(['/short.wav']);
    expect(await part('/short.wav', 'bytes=-10')).toEqual(
      expected(short.length - 10, short.length - 1, short),
    );
    expect((await asked(['/short.wav'])).get('/short.wav')).toMatchObject({ outcome: 'hit', status: 206 });
    expect(faults).toEqual([]);
  });
}

describe('npm run proxy, seen by a browser', () => {
  if (existsSync(executablePath) || process.env['CI']) tests();
  else test.skip(`skipped: there is no ${executablePath}; install Debian's chromium, or set CHROMIUM_PATH`);
});
