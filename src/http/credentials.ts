/** Fields by which a person or a program is known, beside `Cookie`: nothing is shared by them unless the origin says so. */
export const credentialNames = [
  'authorization',
  'api-key',
  'x-api-key',
  'x-access-token',
  'x-auth-token',
  'x-session-token',
  'x-id-token',
  'x-amz-security-token',
];

/** A request with one of these (in lower case) gets an answer of its own. */
export const isCredential = (name: string) => name === 'cookie' || credentialNames.includes(name);
