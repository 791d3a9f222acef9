import { parseArgs } from 'node:util';
import { Refusal } from '../refusal.ts';

export const help = `npm run proxy -- --origin URL [options]     a shared HTTP cache in front of a server on this machine

  --origin URL                 the server, such as http://127.0.0.1:3000; a path is kept as a prefix
  --port N                     where the proxy listens, on 127.0.0.1 (default 8787)
  --store memory|redis         default: Redis where there is one, else memory
  --inputs all|keyed           which request headers the origin is shown: all but those that are known to poison
                               caches; or only those that the cache tells answers apart by (default all)
  --request-directives ignored|honoured
                               what a client's Cache-Control counts for (default ignored)
  --verbose                    one line for each request (default: warnings and errors)
  --json                       the Worker's log lines as they are, on stdout; all else goes to stderr
  --help

Honoured in the environment: REDIS_URL, ADMIN_TOKEN, NODE_EXTRA_CA_CERTS (for an https origin), NO_COLOR.
Ctrl-C ends all of it. docs/proxy.md says what is cached, and how to see it.`;

export interface ProxyOptions {
  /** Without a slash at its end. */
  readonly origin: string;
  readonly port: number;
  readonly store?: 'memory' | 'redis';
  readonly inputs: 'all' | 'keyed';
  readonly requestDirectives: 'ignored' | 'honoured';
  /** What is shown of the Worker's log. */
  readonly show: 'problems' | 'lines' | 'json';
}

const flags = {
  origin: { type: 'string' },
  port: { type: 'string' },
  store: { type: 'string' },
  inputs: { type: 'string' },
  'request-directives': { type: 'string' },
  verbose: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Throws `Refusal`, whose one line names the flag and what to give. */
export function optionsOf(args: readonly string[]): ProxyOptions | 'help' {
  const values = valuesOf(args);
  if (values.help) return 'help';
  const { origin, port = '8787', verbose, json } = values;
  if (verbose && json) throw new Refusal('--verbose and --json: give one of them');
  const store = oneOf('store', values.store, ['memory', 'redis']);
  return {
    origin: originOf(origin),
    port: portOf(port),
    ...(store && { store }),
    inputs: oneOf('inputs', values.inputs, ['all', 'keyed']) ?? 'all',
    requestDirectives:
      oneOf('request-directives', values['request-directives'], ['ignored', 'honoured']) ?? 'ignored',
    show: json ? 'json' : verbose ? 'lines' : 'problems',
  };
}

function valuesOf(args: readonly string[]) {
  try {
    const { values, tokens } = parseArgs({ args: [...args], options: flags, tokens: true });
    const names = tokens.flatMap((it) => (it.kind === 'option' ? [it.name] : []));
    // The last would win, and the first be forgotten in silence.
    const twice = names.find((name, at) => names.indexOf(name) < at);
    if (twice !== undefined) throw new Refusal(`--${twice} is given twice; give it once`);
    return values;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`${(error as Error).message.split('\n')[0]}; see --help`);
  }
}

const example = 'such as --origin http://127.0.0.1:3000';

function originOf(text: string | undefined): string {
  if (text === undefined) throw new Refusal(`--origin is missing: say which server to cache, ${example}`);
  const url = URL.parse(text);
  if (!url || !/^https?:\/\//i.test(text)) {
    // What could hold a password is not shown.
    throw new Refusal(`--origin${text.includes('@') ? '' : ` ${shown(text)}`}: give a whole URL, ${example}`);
  }
  if (url.username || url.password || /^[^/]*\/\/[^/?#]*@/.test(text))
    throw new Refusal('--origin: give it without user and password; a client sends its own Authorization');
  if (/[?#]/.test(text))
    throw new Refusal(
      `--origin ${shown(text)}: give it without query and fragment; paths are appended to it`,
    );
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function portOf(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > 65_535)
    throw new Refusal(`--port ${shown(text)}: give a number from 1 to 65535`);
  return Number(text);
}

function oneOf<const T extends string>(flag: string, value: string | undefined, words: readonly T[]) {
  const found = words.find((it) => it === value);
  if (value !== undefined && found === undefined)
    throw new Refusal(`--${flag} ${shown(value)}: give ${words.join(' or ')}`);
  return found;
}

/** In one line, whatever it is. */
const shown = (text: string) => (/^[\x21-\x7e]+$/.test(text) ? text : JSON.stringify(text));
