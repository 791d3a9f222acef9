/** RFC 9110 §12.4.2, §12.5.3, §12.5.4: a member, as `token [ OWS ";" OWS "q=" qvalue ]`. */
const member = /^[ \t]*[!#$%&'*+.^_`|~\w-]+(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?[ \t]*$/i;

/** What a field prefers, in lower case. A weight is 1 where none is given; NaN: the member is malformed, or empty. */
export const preferences = (value: string): { readonly range: string; readonly weight: number }[] =>
  value.split(',').map((text) => {
    const match = member.exec(text);
    const [range = ''] = text.split(';', 1);
    return { range: range.trim().toLowerCase(), weight: match ? Number(match[1] ?? 1) : Number.NaN };
  });
