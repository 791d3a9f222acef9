/** A line of the Worker's log, for people. */
export interface Readable {
  readonly level: 'info' | 'warn' | 'error';
  /** Of a line of the log: one line, whatever was in it; below it where an error of the code's own was thrown. */
  readonly text: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** `GET 200 /style.css  hit ttl=59 (memory)  1 ms`, of one line of JSON; what is none is shown as it is. */
export function readable(line: string, { colour = false } = {}): Readable {
  const fields = fieldsOf(line);
  // Whoever writes here without being asked has something to say.
  if (!fields) return { level: 'warn', text: line.split(/\r?\n/).map(harmless).join('\n') };
  const level = fields['level'] === 'error' || fields['level'] === 'warn' ? fields['level'] : 'info';
  const painted = colour ? paint : plain;
  const parts = fields['event'] === 'request' ? ofRequest(fields, painted) : ofOther(fields);
  const remarks = remarksOf(fields);
  if (remarks !== '') parts.push(painted(level === 'error' ? 'red' : 'yellow', `! ${remarks}`));
  return { level, text: [parts.filter((it) => it !== '').join('  '), ...framesOf(fields)].join('\n') };
}

const FRAME = /^ +at .*:\d+:\d+\)?$/;

/** Lines of a stack, which `why` is for an error that nobody expected; a client has no say in them. */
const isFrame = ({ problem }: Fields, line: string) => problem === 'internal' && FRAME.test(line);

const framesOf = (it: Fields): string[] => [
  ...linesOf(it['why'])
    .filter((line) => isFrame(it, line))
    .map(harmless),
  ...linesOf(it['stack'] ?? '')
    .filter((line) => FRAME.test(line))
    .map(harmless),
];

const whyOf = (it: Fields): string[] =>
  it['why'] === undefined
    ? []
    : [
        harmless(
          linesOf(it['why'])
            .filter((line) => !isFrame(it, line))
            .join('\n'),
        ),
      ];

const linesOf = (text: unknown) => (typeof text === 'string' ? text : said(text)).split('\n');

function ofRequest(it: Fields, painted: Paint): string[] {
  const status = Number(it['status']);
  const asked = `${said(it['method'])} ${painted(status >= 500 ? 'red' : null, said(it['status']))} ${said(it['path'])}${said(it['query'] ?? '')}`;
  return [asked, outcomeOf(it, painted), timesOf(it)];
}

const layers: Fields = { l1: 'memory', l2: 'store' };

/** In the words of `Cache-Status`, which the answer has too. */
function outcomeOf(it: Fields, painted: Paint): string {
  const ttl = typeof it['ttl_ms'] === 'number' ? `ttl=${Math.floor(it['ttl_ms'] / 1000)}` : '';
  const detail = it['detail'] === undefined ? '' : `detail=${said(it['detail'])}`;
  if (it['layer'] !== undefined) {
    const layer = `(${said(layers[String(it['layer'])] ?? it['layer'])})`;
    return words(painted('green', 'hit'), ttl, detail, layer);
  }
  if (it['fwd'] === undefined) return '';
  const { status, fwd_status: theirs } = it;
  return words(
    painted('cyan', `fwd=${said(it['fwd'])}`),
    it['stored'] === true ? 'stored' : '',
    it['collapsed'] === true ? 'collapsed' : '',
    theirs === undefined || theirs === status ? '' : `fwd-status=${said(theirs)}`,
    ttl,
    detail,
  );
}

function timesOf(it: Fields): string {
  if (typeof it['total_ms'] !== 'number') return '';
  const origin = Number(it['origin_requests'] ?? 0) > 0 ? ` (origin ${said(it['origin_ms'])} ms)` : '';
  return `${said(it['total_ms'])} ms${origin}`;
}

/** Shown elsewhere in the line, or of use to a program alone. */
const apart = new Set([
  'event',
  'level',
  'notes',
  'failures',
  'problem',
  'why',
  'fields',
  'faults',
  'stack',
  'request_id',
]);

function ofOther(it: Fields): string[] {
  const rest = Object.entries(it).filter(([name, value]) => !apart.has(name) && value !== undefined);
  return [said(it['event'] ?? 'log'), rest.map(([name, value]) => `${name}=${said(value)}`).join(' ')];
}

/** Settings that are at fault. */
const faultsOf = (faults: unknown): string[] =>
  Array.isArray(faults) ? faults.map(({ setting, says }) => `${said(setting)} ${said(says)}`) : [];

/** What went wrong, whether the client saw it or not. */
function remarksOf(it: Fields): string {
  const list = (value: unknown) => (Array.isArray(value) ? value.map(said) : []);
  const fields = list(it['fields']);
  const remarks = [
    ...(it['problem'] === undefined ? [] : [said(it['problem'])]),
    ...(fields.length > 0 ? [`fields ${fields.join(', ')}`] : []),
    ...whyOf(it),
    ...faultsOf(it['faults']),
    ...list(it['notes']),
    ...(Array.isArray(it['failures']) ? it['failures'] : []).map((failure: Fields) => ofFailure(failure, it)),
  ];
  // A note often repeats what the problem says, and says more.
  const once = [...new Set(remarks)];
  return once.filter((it) => !once.some((other) => other !== it && other.includes(it))).join('; ');
}

/** `origin-failed: status 500 (permissions, /permissions)`: with what the line does not say already. */
function ofFailure(failure: Fields, line: Fields): string {
  const { note, says, class: name, origin_path: path, fields } = failure;
  const told = says === undefined ? said(note) : `${said(note)}: ${said(says)}`;
  const where = [
    name === line['class'] ? undefined : name,
    path === line['path'] ? undefined : path,
    Array.isArray(fields) ? `fields ${fields.join(', ')}` : undefined,
  ].filter((it) => it !== undefined);
  return where.length === 0 ? told : `${told} (${where.map(said).join(', ')})`;
}

/** As a deployed Worker logs it, which never says of a request its query or its key, nor where a loader threw. What is logged by others is theirs. */
export function asDeployed(line: string): string {
  const fields = fieldsOf(line);
  if (fields?.['event'] !== 'request') return line;
  const { query: _, stack: __, key: ___, ...rest } = fields;
  return JSON.stringify(rest);
}

export const isLogLine = (line: string) => fieldsOf(line) !== null;

function fieldsOf(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

const said = (value: unknown) => harmless(typeof value === 'string' ? value : (JSON.stringify(value) ?? '-'));

/** What a terminal would obey, or would end the line, is written out: a client chooses paths. */
const harmless = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (char) =>
    char === '\n' ? '\\n' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const words = (...all: string[]) => all.filter((it) => it !== '').join(' ');

type Paint = (colour: keyof typeof codes | null, text: string) => string;
const codes = { red: 31, green: 32, yellow: 33, cyan: 36 } as const;
const plain: Paint = (_, text) => text;
const paint: Paint = (colour, text) => (colour === null ? text : `\u001b[${codes[colour]}m${text}\u001b[39m`);
