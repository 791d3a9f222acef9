/** The number that begins at `at`; -1 where no digit stands there. */
export function digitsAt(text: string, at: number): number {
  let number = -1;
  for (let here = at; ; here++) {
    const digit = text.charCodeAt(here) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return number;
    number = (number < 0 ? 0 : 10 * number) + digit;
  }
}
