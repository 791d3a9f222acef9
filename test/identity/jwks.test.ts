import type { JWK } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createJwtVerifier, type JwtVerifier } from '../../src/identity/jwt.ts';
import {
  anchor,
  bounds,
  createClock,
  createEndpoint,
  createIssuer,
  type Endpoint,
  goodClaims,
  type Issuer,
  settings,
} from './issuer.ts';

const day = 24 * 3_600_000;
const claims = { ...goodClaims, exp: goodClaims.exp! + (3 * day) / 1000 };
const unavailable = expect.objectContaining({ name: 'KeysUnavailable' });
const refused = expect.objectContaining({ name: 'CredentialRefused' });
const down = async () => new Response('down', { status: 500 });

let first: Issuer;
let second: Issuer;
let byFirst: string;
let bySecond: string;
let clock: ReturnType<typeof createClock>;
let endpoint: Endpoint;
let verify: JwtVerifier;

beforeAll(async () => {
  first = await createIssuer('k1');
  second = await createIssuer('k2');
  byFirst = await first.sign(claims);
  bySecond = await second.sign(claims);
});

beforeEach(() => {
  clock = createClock();
  endpoint = createEndpoint(first);
  verify = createJwtVerifier({ ...settings, fetch: endpoint.fetch, ...clock, bounds });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('keys of the issuer', () => {
  it('are fetched once while fresh, and again after that', async () => {
    await verify(byFirst, anchor);
    clock.advance(bounds.jwksFreshMs - 1);
    await verify(byFirst, anchor);
    expect(endpoint.requests).toBe(1);
    clock.advance(1);
    await verify(byFirst, anchor);
    expect(endpoint.requests).toBe(2);
  });

  it('rotate: an unknown kid asks again at once when the last time is long past', async () => {
    await verify(byFirst, anchor);
    endpoint.publish(first, second);
    clock.advance(bounds.jwksCooldownMs);
    await expect(verify(bySecond, anchor)).resolves.toBeDefined();
    expect(endpoint.requests).toBe(2);
  });

  it('are asked for at most once per cooldown, however many unknown kids arrive', async () => {
    await verify(byFirst, anchor);
    for (let i = 0; i < 20; i++) {
      await expect(verify(bySecond, anchor)).rejects.toEqual(refused);
      clock.advance(bounds.jwksCooldownMs / 20);
    }
    expect(endpoint.requests).toBe(1);
    await expect(verify(bySecond, anchor)).rejects.toEqual(refused);
    expect(endpoint.requests).toBe(2);
  });

  it('stop counting once the issuer withdrew them', async () => {
    await verify(byFirst, anchor);
    endpoint.publish(second);
    clock.advance(bounds.jwksFreshMs);
    await expect(verify(byFirst, anchor)).rejects.toEqual(refused);
  });
});

describe('the endpoint fails', () => {
  it('before any key is known: unavailable, and asked again after a short pause', async () => {
    endpoint.answer = down;
    await expect(verify(byFirst, anchor)).rejects.toEqual(unavailable);
    await expect(verify(byFirst, anchor)).rejects.toEqual(unavailable);
    expect(endpoint.requests).toBe(1);
    endpoint.publish(first);
    clock.advance(bounds.jwksRetryMs);
    await expect(verify(byFirst, anchor)).resolves.toBeDefined();
  });

  it('later: known keys go on, asked for once per cooldown, a day at most', async () => {
    await verify(byFirst, anchor);
    endpoint.answer = down;
    clock.advance(bounds.jwksFreshMs);
    await expect(verify(byFirst, anchor)).resolves.toBeDefined();
    await expect(verify(byFirst, anchor)).resolves.toBeDefined();
    expect(endpoint.requests).toBe(2);
    clock.advance(bounds.jwksStaleMs - bounds.jwksFreshMs);
    await expect(verify(byFirst, anchor)).rejects.toEqual(unavailable);
  });

  it('while a kid is unknown: unavailable, for who knows what was published', async () => {
    await verify(byFirst, anchor);
    endpoint.answer = down;
    clock.advance(bounds.jwksCooldownMs);
    await expect(verify(bySecond, anchor)).rejects.toEqual(unavailable);
  });

  it.each<[string, () => Promise<Response>]>([
    ['no connection', () => Promise.reject(new Error('connection refused'))],
    [
      'a redirect',
      async () => new Response(null, { status: 302, headers: { Location: 'https://other.test/' } }),
    ],
    ['no JSON', async () => new Response('<html>')],
    ['null', async () => Response.json(null)],
    ['no list', async () => Response.json({ keys: {} })],
    ['keys that are no objects', async () => Response.json({ keys: [1] })],
    ['no UTF-8', async () => new Response(new Uint8Array([0xff, 0xfe]))],
    ['an empty body', async () => new Response(null)],
    ['too many keys', async () => Response.json({ keys: Array(bounds.jwksKeys + 1).fill(first.jwk) })],
    ['too many bytes', async () => Response.json({ keys: [first.jwk], more: ' '.repeat(bounds.jwksBytes) })],
    ['a body without end', async () => new Response(endless())],
    ['a private key', async () => Response.json({ keys: [{ ...first.jwk, d: first.jwk.x }] })],
    ['a key that is none', async () => Response.json({ keys: [{ ...first.jwk, x: 'AA' }] })],
  ])('with %s', async (_, answer) => {
    endpoint.answer = answer;
    await expect(verify(byFirst, anchor)).rejects.toEqual(unavailable);
  });

  it('with a symmetric key, which signs nothing here', async () => {
    endpoint.answer = async () => Response.json({ keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'k1' }] });
    await expect(verify(byFirst, anchor)).rejects.toEqual(refused);
  });
});

describe('a token that names no key', () => {
  const as = (issuer: Issuer, different: Partial<JWK>): Issuer => ({
    ...issuer,
    jwk: { ...issuer.jwk, ...different },
  });
  /** As some issuers publish them. */
  const bare = (issuer: Issuer) => as(issuer, { kid: undefined, alg: undefined, use: undefined } as never);
  let others: Issuer[];
  let rsa: Issuer;
  let nameless: string;

  beforeAll(async () => {
    others = await Promise.all(
      Array.from({ length: bounds.jwksCandidates }, (_, i) => createIssuer(`o${i}`)),
    );
    rsa = await createIssuer('r1', 'RS256');
    nameless = await first.sign(claims, {});
  });

  it('is verified beside a key that cannot be used, whichever comes first', async () => {
    const weak = await crypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        modulusLength: 1024,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: 'SHA-256',
      },
      true,
      ['sign', 'verify'],
    );
    const jwk = (await crypto.subtle.exportKey('jwk', (weak as CryptoKeyPair).publicKey)) as JWK;
    const short: Issuer = { ...rsa, jwk: { kty: 'RSA', n: jwk.n!, e: jwk.e!, alg: 'RS256', use: 'sig' } };
    const signed = await rsa.sign(claims, {});
    for (const keys of [
      [short, rsa],
      [rsa, short],
    ]) {
      endpoint.publish(...keys);
      clock.advance(bounds.jwksFreshMs);
      expect((await verify(signed, anchor)).identity).toMatchObject({ user: 'ann' });
    }
    endpoint.publish(short, second);
    clock.advance(bounds.jwksFreshMs);
    await expect(verify(signed, anchor)).rejects.toEqual(unavailable);
  });

  it.each<[string, () => Issuer[]]>([
    ['by the only key', () => [first]],
    ['by the first of two', () => [first, second]],
    ['by the second of two', () => [second, first]],
    ['where keys say nothing of themselves', () => [bare(second), bare(first)]],
    ['beside a key of another type', () => [bare(rsa), bare(second), bare(first)]],
    [
      'beside keys of another use',
      () => [as(second, { use: 'enc' }), as(second, { key_ops: ['sign'] }), first],
    ],
    ['beside a key that is none', () => [as(second, { x: 'AA' }), second, first]],
    ['by the last of as many as are tried', () => [...others.slice(1), first]],
    [
      'and others do not count as tried',
      () => [...others.map((it) => as(it, { use: 'enc' })), second, first],
    ],
  ])('is verified %s', async (_, keys) => {
    endpoint.publish(...keys());
    expect((await verify(nameless, anchor)).identity).toMatchObject({ tenant: 'acme', user: 'ann' });
    expect(endpoint.requests).toBe(1);
  });

  it('of another algorithm is too', async () => {
    endpoint.publish(first, second, await createIssuer('r2', 'RS256'), rsa);
    await expect(verify(await rsa.sign(claims, {}), anchor)).resolves.toBeDefined();
  });

  it.each<[string, () => Issuer[]]>([
    ['none of them signed it', () => [second, others[0]!]],
    ['its key is for another use', () => [as(first, { use: 'enc' }), second, others[0]!]],
    ['its key is for another algorithm', () => [as(first, { alg: 'ES384' }), second, others[0]!]],
    ['its key comes after as many as are tried', () => [...others, first]],
    ['no key is one', () => [as(second, { x: 'AA' }), as(second, { y: 'AA' })]],
  ])('is refused where %s', async (_, keys) => {
    endpoint.publish(...keys());
    await expect(verify(nameless, anchor)).rejects.toEqual(refused);
  });

  it('is refused for what it says, and not tried again, once its signature is known to be right', async () => {
    endpoint.publish(second, first);
    for (const [different, why] of [
      [{ exp: 1 }, /exp/],
      [{ aud: 'other' }, /aud/],
      [{ tenant_id: '' }, /tenant/],
    ] as const)
      await expect(verify(await first.sign({ ...claims, ...different }, {}), anchor)).rejects.toThrow(why);
    expect(endpoint.requests).toBe(1);
  });

  it('is tried with each key of one name', async () => {
    endpoint.publish(as(second, { kid: 'k1' }), first);
    await expect(verify(byFirst, anchor)).resolves.toBeDefined();
    await expect(verify(bySecond, anchor)).rejects.toEqual(refused);
  });

  it('by a key that was published since: asks again, once per cooldown, however many come', async () => {
    await verify(nameless, anchor);
    const byNew = await second.sign(claims, {});
    for (let i = 0; i < 20; i++) {
      await expect(verify(byNew, anchor)).rejects.toEqual(refused);
      clock.advance(bounds.jwksCooldownMs / 20);
    }
    expect(endpoint.requests).toBe(1);
    endpoint.publish(second);
    await expect(verify(byNew, anchor)).resolves.toBeDefined();
    expect(endpoint.requests).toBe(2);
  });

  it('while nobody knows what was published: unavailable', async () => {
    await verify(nameless, anchor);
    endpoint.answer = down;
    clock.advance(bounds.jwksCooldownMs);
    await expect(verify(await second.sign(claims, {}), anchor)).rejects.toEqual(unavailable);
    await expect(verify(nameless, anchor)).resolves.toBeDefined();
  });

  it('with a name asks nobody again where its signature is wrong', async () => {
    await verify(byFirst, anchor);
    clock.advance(bounds.jwksCooldownMs);
    const forged = await (await createIssuer('k1')).sign(claims);
    await expect(verify(forged, anchor)).rejects.toThrow(/signature/);
    expect(endpoint.requests).toBe(1);
  });
});

describe('requests at the same time', () => {
  it('share one fetch, which its owner keeps alive', async () => {
    const kept: Promise<unknown>[] = [];
    const ctx = { waitUntil: (promise: Promise<unknown>) => void kept.push(promise) };
    await Promise.all(Array.from({ length: 50 }, () => verify(byFirst, ctx)));
    expect(endpoint.requests).toBe(1);
    expect(kept).toHaveLength(1);
  });

  it('have each their own way out when the owner of the fetch is gone, and start anew', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    endpoint.answer = () => new Promise(() => {});
    const waiting = Promise.allSettled([verify(byFirst, anchor), verify(byFirst, anchor)]);
    while (vi.getTimerCount() < 2) await Promise.resolve();
    await vi.advanceTimersByTimeAsync(bounds.jwksMs);
    for (const { status } of await waiting) expect(status).toBe('rejected');
    expect(endpoint.requests).toBe(1);

    clock.advance(bounds.jwksMs + 1);
    endpoint.publish(first);
    await expect(verify(byFirst, anchor)).resolves.toBeDefined();
  });
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(4096).fill(32)) });
}
