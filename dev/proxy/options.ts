import { shown } from '../../cli/args/check.ts';
import { defineCommand, type Values } from '../../cli/args/definition.ts';
import { wholeNumberOf } from '../../cli/args/values.ts';
import { UsageError } from '../../cli/failure.ts';

const example = 'such as --origin http://127.0.0.1:3000';

export const proxyCommand = defineCommand({
  name: 'proxy',
  typed: 'npm run proxy --',
  description: 'Puts a shared HTTP cache (RFC 9111) in front of a server on this machine',
  args: {
    origin: {
      type: 'string',
      valueHint: 'URL',
      required: `say which server to cache, ${example}`,
      description: 'the server, such as http://127.0.0.1:3000; a path is kept as a prefix',
    },
    port: {
      type: 'string',
      valueHint: 'N',
      default: '8787',
      description: 'where the proxy listens, on 127.0.0.1',
    },
    store: {
      type: 'enum',
      options: ['memory', 'redis'],
      description: 'where entries are (default: Redis where there is one, else memory)',
    },
    inputs: {
      type: 'enum',
      options: ['all', 'keyed'],
      default: 'all',
      description:
        'which request headers the origin is shown: all but those that are known to poison caches; or only those that the cache tells answers apart by',
    },
    'request-directives': {
      type: 'enum',
      options: ['ignored', 'honoured'],
      default: 'ignored',
      description: "what a client's Cache-Control counts for",
    },
    verbose: { type: 'boolean', description: 'one line for each request (else warnings and errors alone)' },
    json: {
      type: 'boolean',
      description: "the Worker's log lines as they are, on stdout; all else goes to stderr",
    },
  },
  examples: ['npm run proxy -- --origin http://127.0.0.1:3000 --verbose'],
  stray: `it takes flags only, and npm keeps them for itself unless -- stands before them: npm run proxy -- --origin URL`,
  notes: `Honoured in the environment: REDIS_URL, ADMIN_TOKEN, NODE_EXTRA_CA_CERTS (for an https origin), NO_COLOR.
Ctrl-C ends all of it. docs/proxy.md says what is cached, and how to see it.
Exit codes: 0 ended by Ctrl-C; 1 something could not start; 2 the command is not well typed.`,
});

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

/** Throws `UsageError`, whose one line names the flag and what to give. */
export function proxyOptions(values: Values<typeof proxyCommand.args>): ProxyOptions {
  const { origin, port, store, inputs, verbose, json } = values;
  if (verbose && json) throw new UsageError('--verbose and --json: give one of them');
  return {
    origin: originOf(origin),
    port: wholeNumberOf('--port', port, { least: 1, most: 65_535 }),
    ...(store && { store }),
    inputs,
    requestDirectives: values['request-directives'],
    show: json ? 'json' : verbose ? 'lines' : 'problems',
  };
}

function originOf(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:\/\//i.test(text)) {
    // What could hold a password is not shown.
    throw new UsageError(
      `--origin${text.includes('@') ? '' : ` ${shown(text)}`}: give a URL that begins with http:// or https://, ${example}`,
    );
  }
  if (url.username || url.password || /^[^/]*\/\/[^/?#]*@/.test(text))
    throw new UsageError('--origin: give it without user and password; a client sends its own Authorization');
  if (/[?#]/.test(text))
    throw new UsageError(
      `--origin ${shown(text)}: give it without query and fragment; paths are appended to it`,
    );
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
