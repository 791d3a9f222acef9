import { preferences } from './quality.ts';

/**
 * Whether to answer in gzip (RFC 9110 §12.5.3): the client takes it, and does not rank it below no coding at all.
 * An absent header would allow any coding; a client that says nothing often decodes nothing, so it gets none.
 * Where gzip and identity are both refused the answer is identity: a readable one serves better than 406.
 */
export function acceptsGzip(header: string | null): boolean {
  if (header === null) return false;
  // A malformed weight counts as a refusal of its coding.
  const weights = new Map(preferences(header).map(({ range, weight }) => [range, weight || 0]));
  // §8.4.1.3: `x-gzip` is the same coding.
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0;
  const identity = weights.get('identity') ?? weights.get('*') ?? 0;
  return gzip > 0 && gzip >= identity;
}
