import { randomFrom } from '../../cli/assess/support/zipf-log.ts';

const START_MS = Date.UTC(2026, 9, 1);
const SPAN_MS = 24 * 3_600_000;
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
/** Of an access log in the combined format, on average. */
export const BYTES_A_LINE = 200;
const EXPONENT = 0.9;
/** Lines are written when they are answered: some seconds out of order. */
const JITTER_MS = 4_000;

const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0',
  'okhttp/4.12.0',
];

export interface LogShape {
  readonly lines: number;
  /** Each occurs, in a log of at least twice as many lines. */
  readonly keys: number;
  readonly seed: number;
}

/**
 * A day of traffic, line by line, with nothing kept: every other request goes through all keys once, in no order, as crawlers do; the others ask for
 * them as people do (Zipf, 0.9). One in 200 is a write, one in 50 something else.
 */
export function* logLines({ lines, keys, seed }: LogShape): Generator<string> {
  const random = randomFrom(seed);
  const most = keys ** (1 - EXPONENT) - 1;
  const hot = () => Math.min(keys - 1, Math.floor((most * random() + 1) ** (1 / (1 - EXPONENT))) - 1);
  const secondText = textBySecond();
  for (let at = 0; at < lines; at++) {
    const key = at % 2 === 0 ? spread(at / 2, keys) : hot();
    const timeMs = START_MS + (at / lines) * SPAN_MS - random() * JITTER_MS;
    const kind = random();
    const method = kind < 0.005 ? 'PATCH' : 'GET';
    const status = kind > 0.98 ? 404 : kind > 0.95 ? 304 : 200;
    const bytes = status === 304 ? '-' : 400 + (key % 5_000);
    const agent = AGENTS[key % AGENTS.length];
    yield `203.0.113.${at % 251} - - [${secondText(timeMs)}] "${method} ${targetOf(key)} HTTP/1.1" ${status} ${bytes} "https://app.example.com/" "${agent}"\n`;
  }
}

/** Another number below `count` for each, so that all come. */
const spread = (at: number, count: number): number => Number((BigInt(at) * 2_654_435_761n) % BigInt(count));

/** Every key is one target. */
function targetOf(key: number): string {
  switch (key % 5) {
    case 0:
      return `/v1/dashboards/d${key}/kpis?range=2026-10`;
    case 1:
      return `/v1/invoices/inv_${key}`;
    case 2:
      return `/v1/users/${key}/permissions`;
    case 3:
      return `/articles?page=${key}&order=newest`;
    default:
      return `/assets/${(key * 2_654_435_761).toString(16)}/app.js`;
  }
}

/** `01/Oct/2026:00:00:00 +0000`, made once for each second. */
function textBySecond(): (timeMs: number) => string {
  let second = -1;
  let text = '';
  return (timeMs) => {
    const now = Math.floor(timeMs / 1000);
    if (now === second) return text;
    second = now;
    const at = new Date(now * 1000);
    const day = String(at.getUTCDate()).padStart(2, '0');
    text = `${day}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:${at.toISOString().slice(11, 19)} +0000`;
    return text;
  };
}
