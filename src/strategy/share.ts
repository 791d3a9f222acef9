/** A share in a public option: a percentage, `'0.1%'`, `'99%'`. */
export type Share = `${number}%`;

/** The form of a share, for messages. */
export const shareForm = "a percentage, such as '0.1%'";

/** `'0.1%'` → 0.001. Throws `RangeError` that quotes the input. */
export function shareOf(text: string): number {
  const [, percent] = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text) ?? [];
  // As it is written: a division would make 0.9990000000000001 of 99.9.
  const share = Number(`${percent}e-2`);
  if (!(share <= 1)) throw new RangeError(`${JSON.stringify(text)} is not a share; write ${shareForm}`);
  return share;
}
