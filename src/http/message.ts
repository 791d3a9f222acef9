export type HeaderList = readonly (readonly [name: string, value: string])[];

/** RFC 9110 §5.6.1: what a list of words has between its commas, in lower case; empty elements do not count. */
export function listOf(text: string): string[] {
  const members = text.split(',').map((member) => member.trim().toLowerCase());
  return members.filter((member) => member !== '');
}

/** The fields of one message, names in lower case; lines of one name come as one value, except `set-cookie`. */
export class FieldSet {
  readonly #values = new Map<string, string>();
  /** Characters of all names and values. */
  readonly length: number;

  constructor(list: HeaderList) {
    for (const [name, value] of list) {
      const before = this.#values.get(name);
      this.#values.set(name, before === undefined ? value : `${before}, ${value}`);
    }
    this.length = list.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }
}
