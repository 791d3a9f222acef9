/**
 * A step on the way to a field, as the log may show it: a name that somebody chose as a key of a record may be data, or a secret, so
 * that only what reads like a field's name is shown, and an index of a list. All else is `*`.
 */
export const fieldName = (step: PropertyKey): string =>
  /^(?:\d{1,4}|[A-Za-z_]{1,24})$/.test(String(step)) ? String(step) : '*';
