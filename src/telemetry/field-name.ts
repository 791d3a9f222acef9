/**
 * A step on the way to a field, as the log may show it: a name that somebody chose as a key of a record may be data, or a secret, so
 * that only what reads like a field's name is shown (`sha256`, `line_2`, but no token's mix of letters and digits), and an index of
 * a list. All else is `*`.
 */
export const fieldName = (step: PropertyKey): string =>
  /^(?:\d{1,4}|(?=\w{1,40}$)(?!\w*\d[A-Za-z])(?!(?:\D*\d){5})[A-Za-z_]\w*)$/.test(String(step))
    ? String(step)
    : '*';
