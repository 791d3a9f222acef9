import { describe, expect, it } from 'vitest';
import { help, optionsOf } from '../../dev/proxy/options.ts';
import { Refusal } from '../../dev/refusal.ts';

const origin = 'http://127.0.0.1:3000';

describe('npm run proxy, its flags', () => {
  it('only the origin must be given', () => {
    expect(optionsOf(['--origin', origin])).toEqual({
      origin,
      port: 8787,
      inputs: 'all',
      requestDirectives: 'ignored',
      show: 'problems',
    });
  });

  it('takes all of them', () => {
    const args = `--origin ${origin}/app --port 9000 --store redis --inputs keyed --request-directives honoured`;
    expect(optionsOf([...args.split(' '), '--verbose'])).toEqual({
      origin: `${origin}/app`,
      port: 9000,
      store: 'redis',
      inputs: 'keyed',
      requestDirectives: 'honoured',
      show: 'lines',
    });
    expect(optionsOf(['--origin', origin, '--json'])).toMatchObject({ show: 'json' });
  });

  it.each([
    ['http://127.0.0.1:3000/', 'http://127.0.0.1:3000'],
    ['http://localhost:3000/app//', 'http://localhost:3000/app'],
    ['HTTPS://Example.COM', 'https://example.com'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['http://127.0.0.1:3000/a b', 'http://127.0.0.1:3000/a%20b'],
  ])('--origin %s is %s', (given, taken) => {
    expect(optionsOf(['--origin', given])).toMatchObject({ origin: taken });
  });

  it('--help wins over what is missing, and names every flag', () => {
    expect(optionsOf(['--help'])).toBe('help');
    const flags = '--origin --port --store --inputs --request-directives --verbose --json --help';
    for (const flag of flags.split(' ')) expect(help).toContain(flag);
  });
});

describe('npm run proxy, flags that cannot be', () => {
  const ok = ['--origin', origin];
  it.each<[readonly string[], RegExp]>([
    [[], /^--origin is missing: say which server to cache, such as --origin http:/],
    [['--origin'], /--origin.*; see --help$/],
    [['--origin', ''], /^--origin "": give a whole URL, such as/],
    [['--origin', 'localhost:3000'], /^--origin localhost:3000: give a whole URL/],
    [['--origin', '3000'], /^--origin 3000: give a whole URL/],
    [['--origin', 'http:3000'], /give a whole URL/],
    [['--origin', 'http://127.0.0.1:99999'], /give a whole URL/],
    [['--origin', 'ftp://127.0.0.1'], /^--origin ftp:\/\/127.0.0.1: give a whole URL/],
    [['--origin', `${origin}?a=1`], /give it without query and fragment/],
    [['--origin', `${origin}/?`], /give it without query and fragment/],
    [['--origin', `${origin}/#top`], /give it without query and fragment/],
    [['--origin', 'a\nb'], /^--origin "a\\nb": give a whole URL/],
    [[...ok, ...ok], /^--origin is given twice; give it once$/],
    [[...ok, '--port', '0'], /^--port 0: give a number from 1 to 65535$/],
    [[...ok, '--port', '65536'], /^--port 65536: give a number/],
    [[...ok, '--port', '1e3'], /^--port 1e3: give a number/],
    [[...ok, '--port', ''], /^--port "": give a number/],
    [[...ok, '--port'], /--port.*; see --help$/],
    [[...ok, '--store', 'postgres'], /^--store postgres: give memory or redis$/],
    [[...ok, '--inputs', 'some'], /^--inputs some: give all or keyed$/],
    [[...ok, '--request-directives', 'yes'], /^--request-directives yes: give ignored or honoured$/],
    [[...ok, '--verbose', '--json'], /^--verbose and --json: give one of them$/],
    [[...ok, '--verbose=no'], /--verbose.*; see --help$/],
    [[...ok, '--tls'], /^Unknown option '--tls'.*; see --help$/],
    [[...ok, '-x'], /^Unknown option '-x'.*; see --help$/],
    [[...ok, 'start'], /^Unexpected argument 'start'.*; see --help$/],
  ])('%j: one line that says what to give', (args, line) => {
    const refused = refusalOf(args);
    expect(refused).toMatch(line);
    expect(refused).not.toContain('\n');
  });

  it.each(['http://ann:hidden@127.0.0.1', 'http://hidden@127.0.0.1', 'http://:@127.0.0.1', 'ann:hidden@x'])(
    'credentials, %s, are refused and not shown',
    (given) => {
      expect(refusalOf(['--origin', given])).toMatch(/^--origin: give /);
      expect(refusalOf(['--origin', given])).not.toContain('hidden');
    },
  );
});

function refusalOf(args: readonly string[]): string {
  try {
    optionsOf(args);
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return (error as Error).message;
  }
  throw new Error(`taken: ${args.join(' ')}`);
}
