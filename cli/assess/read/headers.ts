import { Sign } from '../log-line.ts';

/** As logs have them: an object of texts or of lists of texts, or HAR's list of names and values. */
export type LoggedHeaders = object;

/** Undefined: there is no such field. `name` in lower case. */
export function headerOf(headers: LoggedHeaders, name: string): string | undefined {
  if (Array.isArray(headers)) {
    const found = headers.find((it) => typeof it?.name === 'string' && it.name.toLowerCase() === name);
    return textOf(found?.value);
  }
  const record = headers as Record<string, unknown>;
  return textOf(record[name] ?? record[titleOf(name)]);
}

/** As logs say that there is none: nothing, an empty text, a dash. */
export function textOf(value: unknown): string | undefined {
  const text = Array.isArray(value) ? value.join(', ') : value;
  return typeof text === 'string' && text !== '' && text !== '-' ? text : undefined;
}

const titles = new Map<string, string>();

function titleOf(name: string): string {
  let title = titles.get(name);
  if (title === undefined) {
    title = name.replace(/(^|-)./g, (it) => it.toUpperCase());
    titles.set(name, title);
  }
  return title;
}

/** Bits of `Sign`. RFC 9111 §5.2.2: `private` and `no-store` overrule what lets caches store an answer. */
export function cacheControlSigns(value: string): number {
  if (/\b(private|no-store)\b/i.test(value)) return Sign.private;
  return /\bpublic\b|\b(s-maxage|max-age)="?0*[1-9]/i.test(value) ? Sign.public : 0;
}
