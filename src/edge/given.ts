/** An answer as a class or an HTTP cache made it, and how many bytes its body has, or would have. */
export interface MadeAnswer {
  readonly answer: Response;
  readonly bytes: number;
  readonly without: 'without' | undefined;
}

/**
 * Whether what is given is what was made, or was made of it: Hono and middleware copy an answer to set a header, and compress or change its body as
 * it passes. One whose body nobody has touched was put aside.
 */
export function isGiven(made: Response, given: Response): boolean {
  if (made === given) return true;
  const { body } = made;
  if (body === null) return given.body === null && given.status === made.status;
  return given.body === body || made.bodyUsed || body.locked;
}
