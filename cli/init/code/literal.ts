/** A JavaScript string in single quotes, on one line. */
export const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'").replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;

/** A property's name, quoted where it must be. */
export const keyText = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name));

export const listText = (items: readonly string[]): string => `[${items.map(quoted).join(', ')}]`;

/** What only the team knows: `init` lists these lines at its end. */
export const gap = (says: string): string => `// GAP: ${says}`;
