import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Args, type Command, flagsOf, type Values } from '../../cli/args/definition.ts';
import { runWithHabit } from '../../cli/args/process.ts';
import { run } from '../../cli/run.ts';
import { devCommand, devOptions } from '../../dev/options.ts';
import { proxyCommand, proxyOptions } from '../../dev/proxy/options.ts';
import { tokenCommand } from '../../dev/token-options.ts';
import { trafficCommand, trafficOptions } from '../../dev/traffic/options.ts';
import { schemes } from '../../src/invalidation/signature/schemes.ts';
import { benchCommand, benchOptions } from '../bench/options.ts';
import { deskWith, json } from './desk.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Whether it went on to do anything. */
  readonly did: boolean;
}

type Runs = (args: readonly string[]) => Promise<Said>;

/** One that is a process of its own; `reads`: what it makes of its values. */
function alone<A extends Args>(command: Command<A>, reads: (values: Values<A>) => unknown): Runs {
  return async (args) => {
    let [out, err, did] = ['', '', false];
    const main = async (values: Values<A>) => {
      reads(values);
      did = true;
    };
    const code = await runWithHabit(command, main, args, {
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
    });
    return { code, out, err, did };
  };
}

const stillfresh =
  (name: string): Runs =>
  async (args) => {
    const desk = deskWith(() => json({}, 200), {
      hookSources: { app: { scheme: schemes.standard, events: [] } },
    });
    const code = await run([name, ...args], desk.environment);
    return { code, out: desk.out(), err: desk.err(), did: desk.requests.length > 0 };
  };

interface Habit {
  readonly runs: Runs;
  readonly typed: string;
  /** A line that is well typed but for what a test adds. */
  readonly good: string;
  readonly nearMiss: readonly [typed: string, meant: string];
  /** A flag that takes one value. */
  readonly flag: string;
  /** Values that are none; what is said of each. */
  readonly bad: readonly (readonly [flags: string, said: string])[];
  readonly stray: string;
}

/** A mistake as it is told: in two lines, or with `--json` as one object. */
function toldIn(err: string) {
  if (err.startsWith('{')) return { json: true, label: undefined, ...JSON.parse(err).error };
  const [, label, message, tried] = /^([\w:]+): ([^\n]+)\nTry: ([^\n]+)\n$/.exec(err) ?? [];
  return { json: false, label, message, try: tried };
}

const habits: Readonly<Record<string, Habit>> = {
  dev: {
    runs: alone(devCommand, devOptions),
    typed: 'npm run dev --',
    good: '',
    nearMiss: ['--prot', '--port'],
    flag: '--store',
    bad: [
      ['--port 0', '--port 0: give a whole number from 1 to 65531'],
      ['--port 1e3', '--port 1e3: give a whole number'],
      ['--port=-1', '--port -1: give a whole number'],
      ['--store redsi', '--store redsi: give memory or redis; did you mean redis?'],
    ],
    stray: 'npm run dev -- --port N',
  },
  proxy: {
    runs: alone(proxyCommand, proxyOptions),
    typed: 'npm run proxy --',
    good: '--origin http://127.0.0.1:3000',
    nearMiss: ['--inputz', '--inputs'],
    flag: '--inputs',
    bad: [
      ['--port 99999', '--port 99999: give a whole number from 1 to 65535'],
      ['--inputs key', '--inputs key: give all or keyed'],
      [
        '--request-directives ignore',
        '--request-directives ignore: give ignored or honoured; did you mean ignored?',
      ],
      ['--verbose --json', '--verbose and --json: give one of them'],
    ],
    stray: 'npm run proxy -- --origin URL',
  },
  'demo:traffic': {
    runs: alone(trafficCommand, (values) => trafficOptions(values, () => 1)),
    typed: 'npm run demo:traffic --',
    good: '',
    nearMiss: ['--minuts', '--minutes'],
    flag: '--faults',
    bad: [
      ['--port 0', '--port 0: give a whole number from 1 to 65531'],
      ['--minutes 0', '--minutes 0: give a number from 0.05 to 60'],
      ['--minutes forever', '--minutes forever: give a number'],
      ['--rate 1000', '--rate 1000: give a number from 1 to 200'],
      ['--seed -1', '--seed -1: if -1 is the value'],
      ['--seed 4294967296', '--seed 4294967296: give a whole number from 0 to 2147483647'],
      [
        '--faults rediss',
        '--faults rediss: give some of origin, slow, redis, slow-redis, queue, silent, sep',
      ],
      ['--faults redis,,slow', '--faults "": give some of'],
      ['--port 8787 --url http://127.0.0.1:8787', '--port and --url: give one of them'],
      ...[
        'https://edge.example.com',
        'http://192.168.0.7:8787',
        'http://0.0.0.0:8787',
        'http://127.0.0.1.example.com:8787',
        'http://localhost.example.com',
        'https://127.0.0.1:8787',
        'http://127.0.0.1:8787/v1',
        'http://127.0.0.1:8787?a=b',
        'http://user@127.0.0.1:8787',
        'file:///etc/passwd',
        '127.0.0.1:8787',
      ].map((url) => [`--url ${url}`, `--url ${url}: give one on this machine, such as`] as const),
    ],
    stray: 'npm run demo:traffic -- --minutes 2',
  },
  token: {
    runs: alone(tokenCommand, () => {}),
    typed: 'npm run token --',
    good: '--tenant acme --user ann',
    nearMiss: ['--expire-in', '--expires-in'],
    flag: '--expires-in',
    bad: [],
    stray: 'npm run token -- --tenant acme --user ann',
  },
  bench: {
    runs: alone(benchCommand, benchOptions),
    typed: 'npm run bench --',
    good: '',
    nearMiss: ['--second', '--seconds'],
    flag: '--rounds',
    bad: [
      ['--seconds soon', '--seconds soon: give a number from 0.1 to 60'],
      ['--seconds Infinity', '--seconds Infinity: give a number'],
      ['--rounds 1.5', '--rounds 1.5: give a whole number from 1 to 100'],
      ['--connections 0', '--connections 0: give a whole number'],
      ['--only nothing', '--only nothing: no variant has that in its name; there are bare,'],
      ['--pairs 3', '--pairs: only with --against DIR'],
    ],
    stray: 'npm run bench -- --seconds 1',
  },
  purge: {
    runs: stillfresh('purge'),
    typed: 'npx stillfresh purge',
    good: '--tenant acme --tag a',
    nearMiss: ['--strikt', '--strict'],
    flag: '--timeout',
    bad: [['--timeout 2', '--timeout 2: give a whole number and s, m, h or d, such as 90s or 2m']],
    stray: 'a tag is given by --tag',
  },
  purges: {
    runs: stillfresh('purges'),
    typed: 'npx stillfresh purges',
    good: '',
    nearMiss: ['--limits', '--limit'],
    flag: '--cursor',
    bad: [['--url ftp://a.test', '--url ftp://a.test: give a URL that begins with https:// or http://']],
    stray: 'a tenant is given by --tenant',
  },
  receipt: {
    runs: stillfresh('receipt'),
    typed: 'npx stillfresh receipt',
    good: 'pur_1',
    nearMiss: ['--jsno', '--json'],
    flag: '--url',
    bad: [['--url edge', '--url edge: give a URL that begins with']],
    stray: 'give one id',
  },
  emit: {
    runs: stillfresh('emit'),
    typed: 'npx stillfresh emit',
    good: 'invoice_paid',
    nearMiss: ['--paylaod', '--payload'],
    flag: '--tenant',
    bad: [['--timeout 0s', '--timeout 0s: give a time from 1s to 24h']],
    stray: 'give one event',
  },
  hook: {
    runs: stillfresh('hook'),
    typed: 'npx stillfresh hook',
    good: 'app --payload {}',
    nearMiss: ['--secret-emv', '--secret-env'],
    flag: '--id',
    bad: [['--timeout 1y', '--timeout 1y: give a whole number and s, m, h or d']],
    stray: 'give one source',
  },
  top: {
    runs: stillfresh('top'),
    typed: 'npx stillfresh top',
    good: '',
    nearMiss: ['--windwo', '--window'],
    flag: '--sort',
    bad: [
      ['--window 15', '--window 15: give a whole number and s, m, h or d, such as 15m or 24h'],
      ['--window 36d', '--window 36d: give a time from 1m to 35d'],
      ['--every 2h', '--every 2h: give a time from 1s to 1h'],
      [
        '--sort mis',
        '--sort mis: give requests, hit, stale, miss, error, p50, p95, origin, saved or redis; did',
      ],
    ],
    stray: 'it takes flags only, such as --window 1h',
  },
  alerts: {
    runs: stillfresh('alerts'),
    typed: 'npx stillfresh alerts',
    good: '',
    nearMiss: ['--chekc', '--check'],
    flag: '--url',
    bad: [['--url edge', '--url edge: give a URL that begins with']],
    stray: 'it takes flags only',
  },
  rollout: {
    runs: stillfresh('rollout'),
    typed: 'npx stillfresh rollout',
    good: 'set analytics --mode shadow --why x',
    nearMiss: ['--alow', '--allow'],
    flag: '--deny',
    bad: [
      ['--percent 5', '--percent is of --mode on: in shadow the cache answers nobody'],
      ['--limit 3', '--limit is of audit; leave it out of set'],
      ['--off', '--off is of kill; leave it out of set'],
      ['--steps 5', '--steps 5: give percentage, time and least number of answers of each step, such as'],
      ['--if-version "1"', '--if-version'],
    ],
    stray: 'it takes an action and a class',
  },
  metrics: {
    runs: stillfresh('metrics'),
    typed: 'npx stillfresh metrics',
    good: '',
    nearMiss: ['--gerp', '--grep'],
    flag: '--grep',
    bad: [],
    stray: 'a name is given by --grep',
  },
  explain: {
    runs: stillfresh('explain'),
    typed: 'npx stillfresh explain',
    good: '/v1/a',
    nearMiss: ['--haeder', '--header'],
    flag: '--key',
    bad: [
      ['--as acme', '--as acme: give tenant and user, such as acme/ann'],
      ['--roles admin', '--roles goes with --as TENANT/USER'],
    ],
    stray: 'give one path',
  },
  complete: {
    runs: stillfresh('complete'),
    typed: 'npx stillfresh complete',
    good: 'bash',
    nearMiss: ['--jsom', '--json'],
    flag: '',
    bad: [],
    stray: 'give one shell',
  },
};

describe.each(Object.entries(habits))('%s', (name, { runs, typed, good, nearMiss, flag, bad, stray }) => {
  const words = (line: string) => `${good} ${line}`.split(' ').filter(Boolean);
  const label = ['dev', 'proxy', 'demo:traffic', 'token', 'bench'].includes(name) ? name : 'stillfresh';
  const usage: (readonly [string, string])[] = [
    ['--frobnicate', 'there is no flag --frobnicate'],
    ['-x', 'there is no flag -x'],
    ['-verbos', 'there is no flag -verbos'],
    [nearMiss[0], `there is no flag ${nearMiss[0]}; did you mean ${nearMiss[1]}?`],
    [`${nearMiss[0]}=1`, `there is no flag ${nearMiss[0]}; did you mean`],
    ['--json=yes', '--json takes no value; leave out =yes'],
    ['--json --json', '--json is given twice; give it once'],
    ['--json --frobnicate', 'there is no flag --frobnicate'],
    ['over again', 'over stands alone; '],
    ['-- --over', '--over stands alone; '],
    ...(flag === ''
      ? []
      : ([
          [flag, `${flag} has no value; give ${flag} `],
          [`${flag}=`, `${flag} is empty; give ${flag} `],
          [`${flag} --json`, `${flag} --json: if --json is the value, write ${flag}=--json; else give one`],
        ] as const)),
    ...bad,
  ];

  test.each(usage)('%s: %s', async (line, said) => {
    const { code, out, err, did } = await runs(words(line));
    expect([code, out, did]).toEqual([2, '', false]);
    const told = toldIn(err);
    expect(told).toMatchObject({ message: expect.stringContaining(said), try: `${typed} --help` });
    expect(told.label).toBe(told.json ? undefined : label);
    if (line.startsWith('over')) expect(told.message).toContain(stray);
  });

  test('a mistake with --json is one JSON object on stderr', async () => {
    const { code, out, err, did } = await runs(words('--json --frobnicate'));
    expect([code, out, did]).toEqual([2, '', false]);
    expect(err.trimEnd()).not.toContain('\n');
    expect(JSON.parse(err)).toEqual({
      error: { exit_code: 2, message: 'there is no flag --frobnicate', try: `${typed} --help` },
    });
  });

  test('-h and --help say all that it takes, whatever else is wrong; --version says which this is', async () => {
    for (const line of ['-h', '--help', '-h --frobnicate', '--version --help']) {
      const { code, out, err, did } = await runs(line.split(' '));
      expect([code, err, did]).toEqual([0, '', false]);
      expect(out).toMatch(new RegExp(`^${typed.replaceAll(/[-]/g, '\\-')} `, 'm'));
      for (const it of [nearMiss[1], flag, '--help', '--version', 'Exit codes']) expect(out).toContain(it);
    }
    expect((await runs(['--version', '--json'])).out).toBe('{"version":"0.1.0"}\n');
    const { code, out, err, did } = await runs(['--version', '--frobnicate']);
    expect([code, out, err, did]).toEqual([0, '0.1.0\n', '', false]);
  });
});

test('what is well typed is done', async () => {
  for (const name of [
    'dev',
    'proxy',
    'demo:traffic',
    'token',
    'bench',
    'purges',
    'receipt',
    'top',
    'alerts',
    'metrics',
  ]) {
    const { runs, good } = habits[name]!;
    expect(await runs(good.split(' ').filter(Boolean)), name).toMatchObject({ did: true });
  }
});

test('a flag of a definition is shown by its help', () => {
  for (const command of [devCommand, proxyCommand, trafficCommand, tokenCommand, benchCommand]) {
    const { args, typed } = command;
    expect([...flagsOf(command).keys()]).toEqual([...Object.keys(args), 'help', 'version']);
    expect(typed).toMatch(/^npm run [\w:]+ --$/);
  }
});

describe('as a process of its own', () => {
  const bench = 'test/bench/main.ts';
  test.each<[string, string, readonly string[], number, RegExp]>([
    [
      'dev',
      'dev/main.ts',
      ['--stroe', 'memory'],
      2,
      /^dev: there is no flag --stroe; did you mean --store\?\n/,
    ],
    ['proxy', 'dev/proxy/main.ts', [], 2, /^proxy: --origin is missing: say which server to cache/],
    [
      'demo:traffic',
      'dev/traffic/main.ts',
      ['--fault', 'redis'],
      2,
      /^demo:traffic: there is no flag --fault; did you mean --faults\?\n/,
    ],
    ['token', 'dev/token.ts', ['--json'], 2, /^\{"error":\{"exit_code":2,"message":"--tenant is missing: /],
    ['bench', bench, ['--pair', '9'], 2, /^bench: there is no flag --pair; did you mean --pairs\?\n/],
    ['stillfresh', 'cli/main.ts', ['purg'], 2, /^stillfresh: purg is no command; did you mean purge\?\n/],
  ])('%s', (_, file, args, status, said) => {
    // One that is taken after all would start something.
    const options = { cwd: root, encoding: 'utf8', timeout: 20_000 } as const;
    const wrong = spawnSync(process.execPath, [file, ...args], options);
    expect([wrong.status, wrong.stdout]).toEqual([status, '']);
    expect(wrong.stderr).toMatch(said);
    const version = spawnSync(process.execPath, [file, '--version'], options);
    expect([version.status, version.stdout, version.stderr]).toEqual([0, '0.1.0\n', '']);
  });
});
