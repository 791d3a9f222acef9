import { describe, expect, it } from 'vitest';
import { parse } from '../../cli/args/parse.ts';
import { UsageError } from '../../cli/failure.ts';
import { proxyCommand, proxyOptions } from '../../dev/proxy/options.ts';

const optionsOf = (args: readonly string[]) => proxyOptions(parse(proxyCommand, args).values!);

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
    const { text } = parse(proxyCommand, ['--help', '--nonsense']);
    const flags = '--origin --port --store --inputs --request-directives --verbose --json --help';
    for (const flag of flags.split(' ')) expect(text).toContain(flag);
  });
});

describe('npm run proxy, flags that cannot be', () => {
  const ok = ['--origin', origin];
  it.each<[readonly string[], RegExp]>([
    [[], /^--origin is missing: say which server to cache, such as --origin http:/],
    [['--origin'], /^--origin has no value; give --origin URL$/],
    [['--origin', ''], /^--origin is empty; give --origin URL, or leave it out$/],
    [
      ['--origin', 'localhost:3000'],
      /^--origin localhost:3000: give a URL that begins with http:\/\/ or https:\/\//,
    ],
    [['--origin', '3000'], /^--origin 3000: give a URL that begins with http:\/\/ or https:\/\//],
    [['--origin', 'http:3000'], /give a URL that begins with http:\/\/ or https:\/\//],
    [['--origin', 'http://127.0.0.1:99999'], /give a URL that begins with http:\/\/ or https:\/\//],
    [
      ['--origin', 'ftp://127.0.0.1'],
      /^--origin ftp:\/\/127.0.0.1: give a URL that begins with http:\/\/ or https:\/\//,
    ],
    [['--origin', `${origin}?a=1`], /give it without query and fragment/],
    [['--origin', `${origin}/?`], /give it without query and fragment/],
    [['--origin', `${origin}/#top`], /give it without query and fragment/],
    [['--origin', 'a\nb'], /^--origin "a\\nb": give a URL that begins with http:\/\/ or https:\/\//],
    [[...ok, ...ok], /^--origin is given twice; give it once$/],
    [[...ok, '--port', '0'], /^--port 0: give a whole number from 1 to 65535$/],
    [[...ok, '--port', '65536'], /^--port 65536: give a whole number/],
    [[...ok, '--port', '1e3'], /^--port 1e3: give a whole number/],
    [[...ok, '--port', ''], /^--port is empty/],
    [[...ok, '--port'], /^--port has no value; give --port N$/],
    [[...ok, '--store', 'postgres'], /^--store postgres: give memory or redis$/],
    [[...ok, '--inputs', 'some'], /^--inputs some: give all or keyed$/],
    [[...ok, '--request-directives', 'yes'], /^--request-directives yes: give ignored or honoured$/],
    [[...ok, '--verbose', '--json'], /^--verbose and --json: give one of them$/],
    [[...ok, '--verbose=no'], /^--verbose takes no value; leave out =no$/],
    [[...ok, '--tls'], /^there is no flag --tls$/],
    [[...ok, '--stroe', 'redis'], /^there is no flag --stroe; did you mean --store\?$/],
    [[...ok, '--store', 'redsi'], /^--store redsi: give memory or redis; did you mean redis\?$/],
    [[...ok, '-x'], /^there is no flag -x$/],
    [[...ok, 'start'], /^start stands alone; .* npm run proxy -- --origin URL$/],
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
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error(`taken: ${args.join(' ')}`);
}
