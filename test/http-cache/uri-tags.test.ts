import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { targetOf } from '../../src/http/target.ts';
import { eventsOf, hmacScheme, webhooks } from '../../src/index.ts';
import { writeMessage } from '../../src/queue/message.ts';
import { Names } from '../../src/store/names.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import { orderOf } from '../../src/strategy/purge-order.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { delivery, HandQueue } from '../support/worker/queue.ts';
import { secrets, sent } from '../support/worker/sender.ts';
import { aClass } from '../support/worker/world.ts';
import { ask, counting, get, httpWorld } from './support.ts';

/** The tag of a URI, written as senders write it, by each way on which a tag comes in; and the form that the URI's key has. */

const strategy = defineStrategy({
  classes: [],
  events: {
    page_changed: {
      payload: z.object({ path: z.string() }),
      purges: { tags: ['uri:{path}'] },
      whose: 'public',
    },
  },
});
const on = eventsOf(strategy);
const cms = {
  scheme: hmacScheme({ header: 'X-Hub-Signature-256', label: 'sha256=' }),
  events: {
    changed: on('page_changed', z.object({ path: z.string() }), (payload) => ({ tenant: null, payload })),
  },
};

async function scene() {
  const queue = new HandQueue();
  const made = httpWorld(
    {},
    {
      strategy,
      queue,
      settings: { ...secrets, ADMIN_TOKENS: await adminTokens('purge') },
      routes: (app) => app.route('/hooks', webhooks(strategy, { github: cms }, { eager: false })),
    },
  );
  const { edge, clock } = made;
  const hook = async (path: string) =>
    edge.get('/hooks/github', await sent('github', { nowMs: clock.now(), body: { type: 'changed', path } }));
  const byHand = (tag: string) =>
    edge.get(
      '/-/purge',
      asAdmin('purge', { method: 'POST', body: JSON.stringify({ public: true, tags: [tag] }) }),
    );
  /** As a Worker of another version may have written it. */
  const deliverRaw = (tag: string) =>
    edge.get(
      '/-/deliveries',
      delivery(
        writeMessage({
          step: 'apply',
          round: 0,
          order: orderOf({
            ...{ id: 'pur_12345678', source: 'app', whose: 'public', tenant: null, acceptedMs: clock.now() },
            tags: [tag],
          }),
        }),
      ),
    );
  return { ...made, queue, hook, byHand, deliverRaw };
}
type Scene = Awaited<ReturnType<typeof scene>>;

/** Ways by which a tag is purged: each expects that it was taken on. */
const ways: Record<string, (it: Scene, path: string) => Promise<void>> = {
  async 'the admin API, as the command line calls it'(it, path) {
    expect(await it.byHand(`uri:${path}`)).toMatchObject({ status: 202 });
  },
  async 'a webhook, by the queue'(it, path) {
    expect(await it.hook(path)).toMatchObject({ status: 202 });
    expect(await it.queue.deliver(it.edge, 'apply')).toMatchObject({ status: 200 });
  },
  async 'a webhook, without the queue'(it, path) {
    it.queue.down = true;
    expect(await it.hook(path)).toMatchObject({ status: 202 });
  },
  async 'an order of another version'(it, path) {
    expect(await it.deliverRaw(`uri:${path}`)).toMatchObject({ status: 200 });
  },
};

/** As written in the tag, and what the client asked for. */
const same: [why: string, written: string, asked: string][] = [
  ['the form of the key', '/caf%C3%A9', '/caf%C3%A9'],
  ['not encoded', '/café', '/caf%C3%A9'],
  ['not encoded on either side', '/café', '/café'],
  ['hexadecimal digits in lower case', '/caf%c3%a9', '/caf%C3%A9'],
  ['a character of four bytes', '/🍰', '/%F0%9F%8D%B0'],
  ['an unreserved character encoded', '/%7Eann/%61', '/~ann/a'],
  ['the client encodes it', '/~ann', '/%7Eann'],
  ['a space', '/a b', '/a%20b'],
  ['quotes', '/a"b\'c', "/a%22b'c"],
  ['brackets of a kind', '/<a>{b}^`', '/%3Ca%3E%7Bb%7D%5E%60'],
  ['dot segments', '/x/./y/../a', '/x/a'],
  ['encoded dot segments', '/x/%2e%2E/a', '/a'],
  ['the client writes them', '/a', '/x/../a'],
  ['a backslash', '/a\\b', '/a/b'],
  ['an empty segment', '//a', '//a'],
  ['what looks like a host', '//café.test/a', '//caf%C3%A9.test/a'],
  ['an encoded slash', '/a%2fb', '/a%2Fb'],
  ['a stray percent sign', '/100%', '/100%'],
  ['a colon', '/a:é:b', '/a:%C3%A9:b'],
  ['a query', '/list?q=é&p=a b', '/list?q=%C3%A9&p=a%20b'],
  ['quotes in a query', '/list?q=\'"', '/list?q=%27%22'],
  ['an empty query', '/list?', '/list?'],
  ['a fragment, which is no part of it', '/a#é', '/a'],
  ['the root', '/', '/'],
];

const differs: typeof same = [
  ['a slash and its encoding', '/a/b', '/a%2Fb'],
  ['a query, whose encodings origins sign', '/list?q=%c3%a9', '/list?q=%C3%A9'],
  ['with a query and without', '/café?a', '/café'],
  ['an encoding and its encoding', '/caf%25C3%25A9', '/café'],
  ['another normal form of Unicode', '/cafe\u0301', '/caf\u00e9'],
  ['another case', '/CAFÉ', '/café'],
];

describe.each(Object.entries(ways))('%s', (_, purge) => {
  test.each([...same.map((it) => [...it, true] as const), ...differs.map((it) => [...it, false] as const)])(
    '%s: uri:%s and %s: %s',
    async (_why, written, asked, falls) => {
      const it = await scene();
      it.origin.on(routeTo(asked), counting({ 'Cache-Control': 'max-age=60' }));
      await get(it.edge, asked);
      await purge(it, written);
      it.clock.advance(1_000); // every isolate has asked again
      await get(it.edge, asked);
      expect(it.origin.count()).toBe(falls ? 2 : 1);
    },
  );
});

/** As the scripted origin knows it. */
const routeTo = (asked: string) => targetOf(`https://edge.test${asked}`).replace(/\?$/, '');

describe('An answer that names the tag of another URI', () => {
  const inFields = same.filter(([, written]) => /^[!-+\--~]+$/.test(written));
  const whenever: Record<string, (it: Scene, asked: string) => Promise<unknown>> = {
    'that is purged': (it, asked) => it.byHand(`uri:${asked}`),
    'that is written to': (it, asked) => ask(it.edge, asked, { method: 'PUT', body: '-' }),
  };
  describe.each(Object.entries(whenever))('%s', (_, happens) => {
    test.each(inFields)('%s: uri:%s falls with %s', async (_why, written, asked) => {
      const it = await scene();
      it.origin.on('/front', counting({ 'Cache-Control': 'max-age=60', 'Cache-Tag': `uri:${written}` }));
      it.origin.on(`PUT ${routeTo(asked)}`, counting());
      await get(it.edge, '/front');
      await get(it.anotherEdge(), '/front');
      expect(it.origin.count('/front')).toBe(1);
      await happens(it, asked);
      await it.edge.settled();
      await get(it.edge, '/front');
      expect(it.origin.count('/front')).toBe(2);
    });
  });
});

describe('A class whose entries name the tag of a URI', () => {
  test.each(same)('%s: uri:%s falls with %s', async (_why, written, asked) => {
    const names = new Names('');
    const whose = { scope: 'public', access: 'public', cacheControl: 'no-store' } as const;
    const cls = aClass({ ...whose, tags: ['uri:{id}'] });
    const { generationNames } = await names.entry(cls, null, { id: written });
    const order = orderOf({
      ...{ id: 'pur_12345678', source: 'app', whose: 'public', tenant: null, acceptedMs: 0 },
      tags: [`uri:${asked}`],
    });
    const purged = new Set((await names.purged(order)).generationNames);
    expect(generationNames.some((name) => purged.has(name))).toBe(true);
  });
});

test.each(['uri:a/../b', 'uri', 'uri:', 'URI:/é', 'url:/é', 'x:uri:/é', 'uri:https://host/é'])(
  '%s is a tag like any other',
  async (tag) => {
    const names = new Names('');
    const encoded = tag.split(':').map((part) => encodeURIComponent(part).replaceAll('!', '%21'));
    expect(await names.tag(null, tag)).toBe(`gen:@public:${encoded.join(':')}`);
  },
);
