/** RFC 9110 §12.4.2: what a field prefers, in lower case. A weight is 1 where none is given, NaN where it is malformed. */
export function preferences(value: string): { readonly range: string; readonly weight: number }[] {
  return value
    .toLowerCase()
    .split(',')
    .map((member) => {
      const [range = '', q, ...more] = member.split(';').map((part) => part.trim());
      const match = /^q[ \t]*=[ \t]*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(q ?? 'q=1');
      return { range, weight: match && more.length === 0 ? Number(match[1]) : Number.NaN };
    })
    .filter(({ range }) => range !== '');
}
