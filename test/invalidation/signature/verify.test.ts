import { describe, expect, it, vi } from 'vitest';
import {
  createVerify,
  type RefusedWebhook,
  type Verified,
} from '../../../src/invalidation/signature/verify.ts';
import {
  bytesOf,
  type Message,
  messageOf,
  type Sent,
  type SignerName,
  schemeOf,
  sign,
  signatureOf,
  signerNames,
  signers,
} from './signers.ts';

const T = 1_790_000_000_000;
const keys = { old: bytesOf('the old secret, long enough'), now: bytesOf('the new secret, long enough') };
const message = messageOf('evt_1', T);

const verifierOf = (name: SignerName, nowMs = T, ...secrets: (keyof typeof keys)[]) =>
  createVerify(
    schemeOf(name),
    secrets.length === 0 ? [keys.now] : secrets.map((it) => keys[it]),
    () => nowMs,
  );

function ask(name: SignerName, { headers, body }: Sent, nowMs = T): Promise<Verified | RefusedWebhook> {
  return verifierOf(name, nowMs)(new Headers(headers), body);
}

const labelledOf = async (name: SignerName, of: Message, secret: keyof typeof keys = 'now') =>
  signers[name].label + (await signatureOf(signers[name], of, keys[secret]));

/** A body of every byte, which is no text; Linear needs the time in it. */
const binary = (name: SignerName): Message =>
  name === 'linear' ? message : { ...message, body: Uint8Array.from({ length: 256 }, (_, i) => i) };

describe.each(signerNames)('%s', (name) => {
  it('is accepted as its documents say, whatever the body', async () => {
    expect(await ask(name, await sign(name, message, keys.now))).toMatchObject({ is: 'verified' });
    expect(await ask(name, await sign(name, binary(name), keys.now))).toMatchObject({ is: 'verified' });
  });

  it('is refused with another’s body, and with the secret of another source', async () => {
    const [one, two] = [
      await sign(name, message, keys.now),
      await sign(name, messageOf('evt_2', T), keys.now),
    ];
    const refused = { is: 'refused', why: 'bad-signature' };
    expect(await ask(name, { headers: one.headers, body: two.body })).toEqual(refused);
    expect(await ask(name, { headers: two.headers, body: one.body })).toEqual(refused);
    expect(await ask(name, await sign(name, message, keys.old))).toEqual(refused);
  });

  it('is accepted with either secret while it is rotated, in either order', async () => {
    for (const secrets of [['old', 'now'] as const, ['now', 'old'] as const]) {
      const verify = verifierOf(name, T, ...secrets);
      for (const key of Object.values(keys)) {
        const { headers, body } = await sign(name, message, key);
        expect(await verify(new Headers(headers), body)).toMatchObject({ is: 'verified' });
      }
      const { headers, body } = await sign(name, message, bytesOf('a third secret, long enough'));
      expect(await verify(new Headers(headers), body)).toEqual({ is: 'refused', why: 'bad-signature' });
    }
  });

  it('verifies many at once, from the first one on', async () => {
    const verify = verifierOf(name);
    const sent = await Promise.all([1, 2, 3].map((id) => sign(name, messageOf(`evt_${id}`, T), keys.now)));
    const answers = await Promise.all(sent.map(({ headers, body }) => verify(new Headers(headers), body)));
    expect(answers.map(({ is }) => is)).toEqual(['verified', 'verified', 'verified']);
  });

  it('is refused by every other scheme’s verifier, with the same secret', async () => {
    const sent = await sign(name, message, keys.now);
    for (const other of signerNames.filter((it) => it !== name))
      expect(await ask(other, sent)).toEqual({ is: 'refused', why: 'no-signature' });
  });

  it('is refused under every other scheme’s headers, where the rules differ', async () => {
    const labelled = await labelledOf(name, message);
    // These two have one rule under two names.
    const same = ['standard', 'svix'];
    for (const other of signerNames.filter(
      (it) => it !== name && !(same.includes(name) && same.includes(it)),
    )) {
      const answer = await ask(other, {
        headers: signers[other].headers(message, labelled),
        body: message.body,
      });
      expect(answer, other).toMatchObject({ is: 'refused' });
    }
  });
});

it.each(['{timestamp}', '{id}', '{body}', '$&'])('an id may look like a template: %s', async (id) => {
  for (const name of ['standard', 'custom'] as const) {
    const sent = await sign(name, messageOf(id, T), keys.now);
    expect(await ask(name, sent)).toMatchObject({ is: 'verified', event: { id, signed: true } });
  }
});

it('imports its keys once, and none before it needs them', async () => {
  const importKey = vi.spyOn(crypto.subtle, 'importKey');
  try {
    const { headers, body } = await sign('github', message, keys.now);
    importKey.mockClear();
    const verify = verifierOf('github', T, 'old', 'now');
    await verify(new Headers(), body);
    expect(importKey).not.toHaveBeenCalled();
    for (const _ of [1, 2, 3]) await verify(new Headers(headers), body);
    expect(importKey).toHaveBeenCalledTimes(2);
  } finally {
    importKey.mockRestore();
  }
});

describe.each(signerNames.filter((name) => Number.isFinite(signers[name].windowMs)))(
  'the window of %s',
  (name) => {
    const { windowMs } = signers[name];
    it.each([
      ['at its end in the past', windowMs, null],
      ['a millisecond beyond', windowMs + 1, 'too-old'],
      ['at its end in the future', -windowMs, null],
      ['a millisecond beyond that', -windowMs - 1, 'too-new'],
    ])('%s', async (_, ageMs, why) => {
      const answer = await ask(name, await sign(name, message, keys.now), T + ageMs);
      expect(answer).toMatchObject(why === null ? { is: 'verified' } : { is: 'refused', why });
    });

    it('is asked before the signature, unless the time stands in the body', async () => {
      const answer = await ask(name, await sign(name, message, keys.old), T + windowMs + 1);
      expect(answer).toEqual({ is: 'refused', why: name === 'linear' ? 'bad-signature' : 'too-old' });
    });
  },
);

it.each(['github', 'shopify'] as const)('%s has no time: it is accepted years later', async (name) => {
  expect(await ask(name, await sign(name, message, keys.now), T * 2)).toMatchObject({ is: 'verified' });
});

describe.each(['stripe', 'standard', 'paddle'] as const)('several signatures in one header of %s', (name) => {
  const { parting, headers } = signers[name];
  const askWith = (labelled: readonly string[]) =>
    ask(name, { headers: headers(message, labelled.join(parting!)), body: message.body });
  const bad = async (count: number) => Array<string>(count).fill(await labelledOf(name, message, 'old'));

  it.each([0, 1, 15])('one good one after %i bad ones', async (count) => {
    const [good, badOnes] = [await labelledOf(name, message), await bad(count)];
    expect(await askWith([...badOnes, good])).toMatchObject({ is: 'verified' });
    expect(await askWith([good, ...badOnes])).toMatchObject({ is: 'verified' });
  });

  it('cost one HMAC for each secret, however many a stranger shows', async () => {
    const shown = headers(message, (await bad(16)).join(parting!));
    const signs = vi.spyOn(crypto.subtle, 'sign');
    await verifierOf(name, T, 'old', 'now')(new Headers(shown), message.body);
    expect(signs).toHaveBeenCalledTimes(2);
    vi.restoreAllMocks();
  });

  it('16 bad ones, and more than 16 of any kind', async () => {
    const [good, badOnes] = [await labelledOf(name, message), await bad(16)];
    expect(await askWith(badOnes)).toEqual({ is: 'refused', why: 'bad-signature' });
    for (const seventeen of [[...badOnes, good], [good, ...badOnes], Array(17).fill(good)])
      expect(await askWith(seventeen)).toEqual({ is: 'refused', why: 'too-many-signatures' });
  });

  it('one good one beside a malformed one: what we do not understand is no proof', async () => {
    const good = await labelledOf(name, message);
    for (const labelled of [
      [good, `${signers[name].label}00`],
      [good, '', good],
      [good, 'v1'],
    ])
      expect(await askWith(labelled)).toEqual({ is: 'refused', why: 'malformed-signature' });
  });
});
