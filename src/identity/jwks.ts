import { createLocalJWKSet, errors } from 'jose';
import type { Bounds } from '../bounds.ts';
import { CredentialRefused } from './fields.ts';

/** Neither proof nor refusal: the issuer's keys are not available, through no fault of the caller. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/** The one thing needed of a request's `ExecutionContext`. */
export interface Anchor {
  waitUntil(promise: Promise<unknown>): void;
}

export interface JwksOptions {
  readonly url: string;
  readonly fetch: typeof fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly bounds: Bounds;
}

type Find = ReturnType<typeof createLocalJWKSet>;

/**
 * Keys of the token issuer, kept for the isolate. Not jose's `createRemoteJWKSet`: that reads a body of any size, has its
 * own clock, fails together with its endpoint once its keys are old, and on Workers fetches once per waiting request.
 * Here requests share one fetch: its owner anchors it in `waitUntil`, and every waiter has its own deadline.
 */
export function createJwks({ url, fetch, now, sleep, bounds }: JwksOptions) {
  let known: { readonly find: Find; readonly fetchedAt: number } | undefined;
  let flight: { readonly done: Promise<void>; readonly startedAt: number } | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failure: string | undefined;

  /** Keys that the token may be signed with, for its verifier to try one after the other; after the last, why there is no other. */
  return async function* keysFor(anchor: Anchor, ...jws: Parameters<Find>): AsyncGenerator<CryptoKey, never> {
    const fresh = known !== undefined && now() - known.fetchedAt < bounds.jwksFreshMs;
    if (!fresh) await refresh(anchor);
    const found = await find(jws);
    yield* found;
    if (found.length > 0 && jws[0]?.kid !== undefined)
      throw new CredentialRefused('signature verification failed');
    // A key that was published since, under a new name or under none. Once per request: one that waited in vain does not wait again.
    const before = known;
    if (fresh) await refresh(anchor);
    if (known !== before) yield* await find(jws);
    throw failure === undefined
      ? new CredentialRefused('no key of the issuer matches the token')
      : new KeysUnavailable(failure);
  };

  /** Those of the token's algorithm, type and use, and of its `kid` if it has one (RFC 7515 §4.1.4: it need not). */
  async function find(jws: Parameters<Find>): Promise<readonly CryptoKey[]> {
    if (known === undefined || now() - known.fetchedAt >= bounds.jwksStaleMs) return [];
    try {
      return [await known.find(...jws)];
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return [];
      if (error instanceof errors.JWKSMultipleMatchingKeys) return someOf(error);
      throw error;
    }
  }

  async function someOf(matching: AsyncIterable<CryptoKey>): Promise<readonly CryptoKey[]> {
    const keys: CryptoKey[] = [];
    for await (const key of matching) if (keys.push(key) === bounds.jwksCandidates) break;
    return keys;
  }

  /** Never rejects: what came of it is in `known` and `failure`. Does nothing within the pause after the last time. */
  async function refresh(anchor: Anchor): Promise<void> {
    // A flight older than its deadline lost its owner, and may never settle.
    if (flight === undefined || now() - flight.startedAt > bounds.jwksMs) {
      if (now() - triedAt < (known ? bounds.jwksCooldownMs : bounds.jwksRetryMs)) return;
      start(anchor);
    }
    const ended = new AbortController();
    await Promise.race([flight?.done, sleep(bounds.jwksMs, ended.signal)]);
    ended.abort();
  }

  function start(anchor: Anchor): void {
    triedAt = now();
    const mine = { startedAt: triedAt, done: Promise.resolve() };
    flight = mine;
    failure = 'the JWKS endpoint did not answer in time';
    mine.done = fetchKeys().then(
      (find) => {
        if (flight !== mine) return;
        known = { find, fetchedAt: now() };
        failure = undefined;
        flight = undefined;
      },
      (error: unknown) => {
        if (flight !== mine) return;
        failure = `the JWKS endpoint failed: ${error instanceof Error ? error.message : 'unknown'}`;
        triedAt = now();
        flight = undefined;
      },
    );
    anchor.waitUntil(mine.done);
  }

  async function fetchKeys(): Promise<Find> {
    const response = await fetch(url, {
      headers: { Accept: 'application/jwk-set+json, application/json' },
      // Workers have no `redirect: 'error'`; a redirect ends as a status other than 200.
      redirect: 'manual',
      signal: AbortSignal.timeout(bounds.jwksMs),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`status ${response.status}`);
    }
    const set: unknown = JSON.parse(await readAtMost(response, bounds.jwksBytes));
    const keys = (set as { keys?: unknown } | null)?.keys;
    if (!Array.isArray(keys)) throw new Error('not a JWKS');
    if (keys.length > bounds.jwksKeys) throw new Error('too many keys');
    return createLocalJWKSet({ keys });
  }
}

async function readAtMost(response: Response, limitBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limitBytes) throw new Error('too large');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
