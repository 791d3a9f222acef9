/** RFC 9110 §12.4.2: three digits, nothing above 1. */
const weight = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;

/**
 * Whether to answer in gzip (RFC 9110 §12.5.3): the client takes it, and does not rank it below no coding at all.
 * An absent header would allow any coding; a client that says nothing often decodes nothing, so it gets none.
 * Where gzip and identity are both refused the answer is identity: a readable one serves better than 406.
 */
export function acceptsGzip(header: string | null): boolean {
  if (header === null) return false;
  const weights = new Map(header.split(',').map(codingAndWeight));
  // §8.4.1.3: `x-gzip` is the same coding.
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0;
  const identity = weights.get('identity') ?? weights.get('*') ?? 0;
  return gzip > 0 && gzip >= identity;
}

/** A malformed weight counts as a refusal of its coding. */
function codingAndWeight(member: string): [coding: string, weight: number] {
  const [coding = '', ...parameters] = member.split(';').map((part) => part.trim());
  if (parameters.length === 0) return [coding.toLowerCase(), 1];
  const match = parameters.length === 1 ? weight.exec(parameters[0]!) : null;
  return [coding.toLowerCase(), match ? Number(match[1]) : 0];
}
