/**
 * A field that a comparison leaves out: its path from the top, with dots, through lists as if they were not there (`items.updated_at`); or
 * `header:x-request-id`, a header. Throws `RangeError` that quotes the input.
 */
export function compileIgnored(text: string): string {
  if (/^header:[a-z0-9!#$%&'*+.^_`|~-]+$/i.test(text)) return text.toLowerCase();
  if (text !== '' && !text.startsWith('header:') && text.split('.').every((step) => step !== '')) return text;
  throw new RangeError(
    `${JSON.stringify(text)} is not a field; write its path, such as 'meta.generated_at', or 'header:' and a name`,
  );
}
