import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../dev/origin/random.ts';
import { createVerify } from '../../../src/invalidation/signature/verify.ts';
import { type Forge, forgeries, forgeryNames, originalsOf, secretOf } from './forgeries.ts';
import { type Sent, schemeOf, signerNames, signers } from './signers.ts';

/** The requirement: of at least so many mutated or forged signatures, over all schemes, none is accepted. */
const required = 1_000_000;
const perScheme = Math.ceil(required / signerNames.length);
/** As often the sender's own is asked about, and must be accepted: a verifier that refuses all would pass else. */
const controlEvery = 1_000;

/** Another one each time. A failure shows it; written here, it fails again. */
const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
const T = 1_790_000_000_000;

describe('forgeries', () => {
  let total = 0;

  it.each(signerNames)(`%s: none of ${perScheme} is accepted`, { timeout: 300_000 }, async (name) => {
    const random = seededRandom(seed + signerNames.indexOf(name));
    const originals = await originalsOf(name, T, random);
    const verify = createVerify(schemeOf(name), [secretOf(name)], () => T);
    const ask = ({ headers, body }: Sent) => verify(new Headers(headers), body);
    const tried = new Set<string>();
    const reasons = new Map<string, number>();
    let [forged, controls, controlsAccepted] = [0, 0, 0];

    while (forged < perScheme) {
      const original = random.pick(originals);
      const forgery = random.pick(forgeryNames);
      const sent = (forgeries[forgery] as Forge)(original, random);
      if (sent === null || same(sent, original.sent)) continue;
      if (forged % controlEvery === 0) {
        controls += 1;
        if ((await ask(original.sent)).is === 'verified') controlsAccepted += 1;
      }
      const answer = await ask(sent);
      forged += 1;
      tried.add(forgery);
      if (answer.is === 'verified')
        expect.fail(`seed ${seed}: ${forgery} is accepted: ${show(original.sent)} became ${show(sent)}`);
      reasons.set(answer.why, (reasons.get(answer.why) ?? 0) + 1);
    }

    total += forged;
    expect([controls, controlsAccepted], `seed ${seed}`).toEqual([
      Math.ceil(perScheme / controlEvery),
      controls,
    ]);
    // All kinds were tried; at least a third needed the HMAC to be found out, and none was merely late.
    const none = signers[name].parting === null ? ['all the signatures of something else'] : [];
    expect(
      forgeryNames.filter((forgery) => !tried.has(forgery)),
      `seed ${seed}`,
    ).toEqual(none);
    expect(reasons.get('bad-signature'), `seed ${seed}`).toBeGreaterThan(perScheme / 3);
    expect([reasons.get('too-old'), reasons.get('too-new')], `seed ${seed}`).toEqual([undefined, undefined]);
  });

  it(`were ${required} at the least`, () => {
    expect(total).toBeGreaterThanOrEqual(required);
  });
});

const show = ({ headers, body }: Sent) => JSON.stringify({ headers, body: body.toHex() });

function same(a: Sent, b: Sent): boolean {
  return (
    a.body.length === b.body.length &&
    a.body.every((byte, i) => byte === b.body[i]) &&
    JSON.stringify(a.headers) === JSON.stringify(b.headers)
  );
}
