const encoder = new TextEncoder();

/** So much of a text that it takes at most so many bytes in a line of JSON: what is billed there. */
export function cutBytes(text: string, most: number): string {
  if (text.length <= most && /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text)) return text;
  let left = most;
  let kept = '';
  for (const char of text) {
    left -= encoder.encode(JSON.stringify(char)).length - 2;
    if (left < 0) break;
    kept += char;
  }
  return kept;
}

type Texts = Record<string, unknown>;
type Most = readonly (readonly [field: string, bytes: number])[];

/** Cuts these fields of a line that was just made, and of the failures in it. */
export function cutFields(line: Texts, most: Most): void {
  for (const [field, bytes] of most) {
    const text = line[field];
    if (typeof text === 'string') line[field] = cutBytes(text, bytes);
  }
  const { failures } = line;
  if (Array.isArray(failures)) line['failures'] = failures.map((it: Texts) => cutCopy(it, most));
}

function cutCopy(failure: Texts, most: Most): Texts {
  const copy = { ...failure };
  cutFields(copy, most);
  return copy;
}
