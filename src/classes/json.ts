/**
 * A value as JSON, in one walk; `given` begins what is said of one that it cannot hold. For what JSON cannot hold it has `{}`, `null` or nothing, which would be stored for the truth:
 * such a value is an error that says what to return. A property that is undefined counts as absent, and what has a `toJSON`, as a
 * `Date` does, is what that says; one that says undefined is an error too, because something was there.
 */
export function jsonOf(value: unknown, given = 'load returned'): string {
  const text: string | undefined = JSON.stringify(value, function (this: Holder, key, it: unknown) {
    const lost = lostInJson(this, key, it);
    if (lost !== null) throw notHeld(given, lost, key);
    return it;
  });
  if (text === undefined) throw notHeld(given, 'undefined', '');
  return text;
}

type Holder = Readonly<Record<string, unknown>>;

/** What it is that JSON would not hold; null: it holds it. */
function lostInJson(holder: Holder, key: string, value: unknown): string | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : String(value);
    case 'undefined':
      return Array.isArray(holder) || holder[key] !== undefined ? 'undefined' : null;
    case 'object':
      if (value === null) return holder[key] instanceof Date ? 'an invalid Date' : null;
      return isHeldByFields(value) ? null : `an instance of ${value.constructor?.name || 'no class'}`;
    default:
      return `a ${typeof value}`;
  }
}

/**
 * Whether its own fields are all that there is to it: not if it is something else to the language or the platform (`Response`, `Promise`),
 * whatever fields that was given; nor if it has others to iterate over, or none at all.
 */
function isHeldByFields(value: object): boolean {
  if (Array.isArray(value)) return true;
  if (Object.prototype.toString.call(value) !== '[object Object]') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return !(Symbol.iterator in value) && Object.keys(value).length > 0;
}

function notHeld(given: string, what: string, key: string): TypeError {
  // A key may be data, such as an address; one that reads like a field's name goes into the log.
  const where = /^\w{1,40}$/.test(key) ? ` at ${key}` : '';
  return new TypeError(
    `${given} ${what}${where}, which JSON cannot hold: return plain objects, arrays, strings, finite numbers, booleans or null`,
  );
}
