type Schema = Readonly<Record<string, unknown>>;

/** So many places are named; what else is there is counted. */
const MOST_NAMED = 6;

/** What is different between two schemas of a value (JSON Schema), place by place: `+ total (number)`, `status: string → number`. */
export function schemaChanges(before: unknown, after: unknown): string {
  const was = placesOf(before);
  const is = placesOf(after);
  const changes = [...new Set([...was.keys(), ...is.keys()])].flatMap((place) => {
    const [from, to] = [was.get(place), is.get(place)];
    if (from === to) return [];
    if (from === undefined) return [`+ ${place} (${to})`];
    return [to === undefined ? `- ${place}` : `${place}: ${from} → ${to}`];
  });
  if (changes.length === 0) return 'its rules';
  const more = changes.length - MOST_NAMED;
  return [...changes.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

/** Every place of a value, and what may stand there. */
function placesOf(schema: unknown, place = '', places = new Map<string, string>()): Map<string, string> {
  const { type, properties, items, required, anyOf, additionalProperties, ...rules } = (schema ??
    {}) as Schema;
  const inside = (name: string) => (place === '' ? name : `${place}.${name}`);
  if (place !== '' || (properties === undefined && items === undefined)) {
    const kind = Array.isArray(anyOf)
      ? anyOf.map((it) => kindOf(it as Schema)).join(' or ')
      : kindOf({ type, ...rules });
    places.set(place || 'the value', kind);
  }
  if (additionalProperties === false) places.set(inside('(others)'), 'none');
  const needed = new Set(Array.isArray(required) ? required : []);
  for (const [name, of] of Object.entries((properties ?? {}) as Schema)) {
    placesOf(of, inside(name), places);
    if (!needed.has(name)) places.set(inside(name), `${places.get(inside(name))}, may be absent`);
  }
  if (items !== undefined) placesOf(items, inside('[]'), places);
  return places;
}

/** `string`, or with what else is said of it: `string (enum ["draft","open"])`. */
function kindOf({ type, $schema: _, ...rules }: Schema): string {
  const said = Object.entries(rules).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const kind = type === undefined ? 'anything' : [type].flat().join(' or ');
  return said.length === 0 ? kind : `${kind} (${said.join(', ')})`;
}
