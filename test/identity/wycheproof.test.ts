import { describe, expect, it } from 'vitest';
import { createJwtVerifier } from '../../src/identity/jwt.ts';
import vectors from '../vectors/json_web_signature.json';
import { anchor, bounds, createClock, settings } from './issuer.ts';

/** The vectors sign no claims: a good signature is one after which only the claims are at fault. */
const onlyClaimsAtFault = /claim/i;

describe.each(vectors.testGroups)('Wycheproof $comment ($public.kid)', ({ public: key, tests }) => {
  const fetch = async () => Response.json({ keys: [key] });
  const verify = createJwtVerifier({ ...settings, fetch, ...createClock(), bounds });

  it.each(tests)('$tcId $comment: $result', async ({ jws, result }) => {
    const error = (await verify(jws, anchor).catch((reason: Error) => reason)) as Error;
    expect(error).toMatchObject({ name: 'CredentialRefused' });
    if (result === 'valid') expect(error.message).toMatch(onlyClaimsAtFault);
    else expect(error.message).not.toMatch(onlyClaimsAtFault);
  });
});
