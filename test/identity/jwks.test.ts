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
