import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const ISSUER = 'https://issuer.test';
export const AUDIENCE = 'edge';

/** A token issuer that signs whatever it is given: headers and payloads that no library would make. */
export interface Issuer {
  readonly jwksUrl: string;
  /** A string is taken as it is; anything else is JSON. Signed with ES256, whatever the header says. */
  token(payload: unknown, header?: unknown): string;
  /** With the public key as the secret, which is no secret. */
  hmacToken(payload: unknown, header: unknown): string;
  close(): Promise<void>;
}

export async function startIssuer(): Promise<Issuer> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' };
  const server = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const signingInput = (payload: unknown, header: unknown) => `${part(header)}.${part(payload)}`;
  return {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    token(payload, header = { alg: 'ES256', kid: 'k1' }) {
      const input = signingInput(payload, header);
      const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${input}.${signature.toString('base64url')}`;
    },
    hmacToken(payload, header) {
      const input = signingInput(payload, header);
      const secret = publicKey.export({ format: 'pem', type: 'spki' });
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const part = (content: unknown) =>
  Buffer.from(typeof content === 'string' ? content : JSON.stringify(content), 'latin1').toString(
    'base64url',
  );
