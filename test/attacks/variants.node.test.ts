import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reply, Script } from './support/node/origin.ts';
import { inTurns, isHit, startWorld, type World } from './support/node/world.ts';

/**
 * An origin says in `Vary` which request fields its answer depends on, and answers with what it made of them. Whoever sends
 * others must never be given it. A path is `/<fields parted by +>/<page>`; the query says what else is in `Cache-Control`.
 */
const library: Script = ({ target, headers }): Reply => {
  const [, fields = '', more = ''] = /^\/([^/]*)\/[^?]*\??(.*)$/.exec(target) ?? [];
  const names = fields.split('+').filter((name) => name !== '');
  const read = names.map((name) => `${name}=${headers[name.toLowerCase()] ?? 'none'}`);
  return {
    headers: { Vary: names.join(', '), 'Cache-Control': `max-age=600${more === '' ? '' : `, ${more}`}` },
    body: read.join('; '),
  };
};

type Fields = Readonly<Record<string, string>>;

describe.each(['all', 'keyed'] as const)('inputs: %s', (cache) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(library, { cache });
  });
  afterAll(() => world.stop());

  async function bodyOf(path: string, headers: Fields = {}): Promise<string> {
    const answer = await world.send(`GET ${path}`, { headers });
    await world.settled();
    return answer.text;
  }

  let pages = 0;
  const pageOf = (fields: string, more = '') => {
    pages += 1;
    return `/${fields}/page-${pages}${more}`;
  };

  describe('what a client hides in a field that selects is not for others', () => {
    it.each<[string, string, string, string]>([
      ['a parameter', 'Accept-Language', 'de;x="marked"', 'de'],
      ['a weight that is none', 'Accept-Language', 'de;q=marked', 'de'],
      ['a second weight', 'Accept-Language', 'de;q=0.5;q=marked', 'de'],
      ['an empty parameter', 'Accept-Language', 'de;', 'de'],
      ['a parameter of an encoding', 'Accept-Encoding', 'gzip;x=marked', 'gzip'],
      ['an encoding that nobody knows', 'Accept-Encoding', 'gzip, marked', 'gzip'],
      ['a weight of an encoding', 'Accept-Encoding', 'gzip;q=marked', 'gzip'],
      ['another field', 'X-Kind', 'a, marked', 'a'],
      ['a second wish of one language', 'Accept-Language', 'de, en;q=0.8, de;q=0.5', 'de, en;q=0.8'],
      ['what is empty', 'Accept-Language', 'de,,,,', 'de'],
      ['space around a weight', 'Accept-Language', 'de;q = 1', 'de'],
      ['what is refused', 'Accept-Language', 'de, en;q=0', 'de'],
      ['that it is to be coded', 'Accept-Encoding', 'gzip, identity;q=0', 'gzip'],
      ['that it is better not coded', 'Accept-Encoding', 'gzip;q=0.1, identity', 'gzip, identity'],
      ['that any coding will do', 'Accept-Encoding', '*', 'br, deflate, gzip, zstd'],
      ['another name of a coding', 'Accept-Encoding', 'x-gzip', 'gzip'],
    ])('%s', async (_, name, marked, plain) => {
      const page = pageOf(name);
      await bodyOf(page, { [name]: marked });
      expect(await bodyOf(page, { [name]: plain })).toBe(`${name}=${plain}`);
    });

    it.each<[string, string, string]>([
      ['Accept-Language', 'en;q=0.5,de;q=0.5', 'de;q=0.5,en;q=0.5'],
      ['Accept-Language', 'de;q=1.0,en', 'en,de'],
      ['Accept-Language', 'de-CH, de', 'de, de-CH'],
      ['Accept-Language', 'de;q=0.1', 'DE'],
      ['Accept-Encoding', 'br;q=0.8, GZIP', 'gzip, br;q=0.1'],
    ])(
      '%s: the origin sees %s as it came, and answers %s with it, which wants the same',
      async (name, one, other) => {
        const page = pageOf(name);
        expect(await bodyOf(page, { [name]: one })).toBe(`${name}=${one}`);
        const answer = await world.send(`GET ${page}`, { headers: { [name]: other } });
        expect({ hit: isHit(answer), text: answer.text }).toEqual({ hit: true, text: `${name}=${one}` });
      },
    );
  });

  describe('a field that does not reach the origin does not select either', () => {
    it.each(['Accept-Language', 'X-Kind', 'Accept-Encoding', 'User-Agent'])(
      '%s, that Connection names',
      async (name) => {
        const page = pageOf(name);
        await bodyOf(page, { [name]: 'gzip', Connection: `close, ${name}` });
        expect(await bodyOf(page, { [name]: 'gzip' })).toBe(`${name}=gzip`);
      },
    );

    it.each(['X-Forwarded-Host', 'X-Original-URL', 'Forwarded'])('%s, that is never sent', async (name) => {
      const page = pageOf(name);
      await bodyOf(page, { [name]: 'marked' });
      expect(await bodyOf(page, { [name]: 'marked' })).toBe(`${name}=none`);
      expect(await bodyOf(page)).toBe(`${name}=none`);
    });
  });

  describe('credentials in Vary', () => {
    const people = { Cookie: 'session', Authorization: 'Bearer' } as const;
    it.each<[keyof typeof people, string]>([
      ['Cookie', ''],
      ['Cookie', '?public'],
      ['Cookie', '?s-maxage=600'],
      ['Authorization', ''],
      ['Authorization', '?public'],
      ['Authorization', '?must-revalidate'],
    ])('%s%s: each has his own', async (name, more) => {
      const page = pageOf(name, more);
      const asks = ['ann', 'bob', null, 'ann', 'bob', null].map(
        (who): Fields => (who === null ? {} : { [name]: `${people[name]}=${who}` }),
      );
      for (const headers of asks)
        expect(await bodyOf(page, headers)).toBe(`${name}=${headers[name] ?? 'none'}`);
    });

    it('a field that CORS depends on', async () => {
      const page = pageOf('Origin');
      for (const origin of ['https://a.example', 'https://evil.example', 'https://a.example'])
        expect(await bodyOf(page, { Origin: origin })).toBe(`Origin=${origin}`);
    });
  });

  describe('many', () => {
    it('200 languages: each has his own, also the second time', async () => {
      const page = pageOf('Accept-Language');
      const languages = Array.from({ length: 200 }, (_, i) => `x-${i}`);
      for (const round of ['first', 'second'])
        await inTurns(languages, async (it) =>
          expect(await bodyOf(page, { 'Accept-Language': it }), round).toBe(`Accept-Language=${it}`),
        );
    });

    it.each([10, 16, 17, 100])('%i fields in Vary: the last of them counts', async (count) => {
      const names = Array.from({ length: count }, (_, i) => `X-Field-${i}`);
      const page = pageOf(names.join('+'));
      const last = names.at(-1)!;
      for (const value of ['a', 'b', 'a'])
        expect(await bodyOf(page, { [last]: value })).toMatch(new RegExp(`${last}=${value}$`));
    });

    it('one of 10,000 letters', async () => {
      const page = pageOf('X-Kind');
      for (const end of ['a', 'b', 'a'])
        expect(await bodyOf(page, { 'X-Kind': 'x'.repeat(10_000) + end })).toMatch(new RegExp(`x${end}$`));
    });

    it.each(['*', 'Accept-Language+*'])('Vary: %s is never stored', async (fields) => {
      const page = pageOf(fields);
      await bodyOf(page);
      expect(isHit(await world.send(`GET ${page}`))).toBe(false);
    });
  });

  it('one URI after the other, however its fields are named', async () => {
    const page = pageOf('accept-LANGUAGE+X-Kind');
    const asks = [
      { 'Accept-Language': 'de', 'X-Kind': 'a' },
      { 'Accept-Language': 'de, x-kind:a' },
      { 'X-Kind': 'a' },
      { 'Accept-Language': 'de', 'X-Kind': 'b' },
      { 'Accept-Language': 'de' },
      {},
    ] as Fields[];
    for (const headers of [...asks, ...asks])
      expect(await bodyOf(page, headers)).toBe(
        `accept-LANGUAGE=${headers['Accept-Language'] ?? 'none'}; X-Kind=${headers['X-Kind'] ?? 'none'}`,
      );
  });
});
