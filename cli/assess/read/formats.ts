import type { LogLine } from '../log-line.ts';
import { readAlb } from './alb.ts';
import { readClf, readTraefikClf } from './clf.ts';
import { caddy, cloudflare, type JsonFields, nginx, traefik } from './json-formats.ts';
import { readRecord, type Told } from './json-record.ts';

/** Reads one line into `line`. Null: it did; else why it cannot. */
export type LineReader = (text: string, line: LogLine, told: Told) => string | null;

export interface LineFormat {
  readonly name: string;
  readonly read: LineReader;
  /** Whether a line that `read` can read is of just this format, and not of one that looks the same from the front. */
  readonly isOwn: (text: string) => boolean;
}

const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
const AGENT_AND_REFERER = new RegExp(`" \\d{3} (?:\\d+|-) ${QUOTED} ${QUOTED}`);
const TRAEFIK_END = new RegExp(`" \\d{3} (?:\\d+|-) ${QUOTED} ${QUOTED} \\d+ ${QUOTED} ${QUOTED} \\d+ms$`);
const always = () => true;

/** Those of lines, the more particular before the more general. */
export const LINE_FORMATS: readonly LineFormat[] = [
  { name: 'traefik', read: readTraefikClf, isOwn: (text) => TRAEFIK_END.test(text) },
  { name: 'combined', read: readClf, isOwn: (text) => AGENT_AND_REFERER.test(text) },
  { name: 'common', read: readClf, isOwn: always },
  { name: 'alb', read: readAlb, isOwn: always },
  { name: 'cloudflare', read: jsonReader(cloudflare), isOwn: always },
  { name: 'traefik-json', read: jsonReader(traefik), isOwn: always },
  { name: 'caddy', read: jsonReader(caddy), isOwn: always },
  { name: 'nginx-json', read: jsonReader(nginx), isOwn: always },
];

export const HAR = 'har';

/** What `--format` takes. */
export const FORMAT_NAMES: readonly string[] = [...LINE_FORMATS.map(({ name }) => name), HAR];

function jsonReader(fields: JsonFields): LineReader {
  return (text, line, told) => {
    const record = parsed(text);
    return record === null ? 'it is not a JSON object' : readRecord(record, fields, line, told);
  };
}

function parsed(text: string): object | null {
  // Told apart before the parser has to throw, which costs more than to parse.
  if (!/^\s*\{/.test(text)) return null;
  return jsonOf(text) ?? (text.includes('\\x') ? jsonOf(withoutHex(text)) : null);
}

function jsonOf(text: string): object | null {
  try {
    return JSON.parse(text) as object;
  } catch {
    return null;
  }
}

/** nginx without `escape=json` writes `\x22`, which JSON does not know. */
const withoutHex = (text: string): string => text.replace(/\\x([0-9a-f]{2})/gi, '\\u00$1');
