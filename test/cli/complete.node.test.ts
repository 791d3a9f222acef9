import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run } from '../../cli/run.ts';
import { deskFor } from './desk.ts';

async function printed(...args: readonly string[]): Promise<string> {
  const desk = deskFor({}, { env: { STILLFRESH_TOKEN: '' } });
  expect([await run(args, desk.environment), desk.err(), desk.requests]).toEqual([0, '', []]);
  return desk.out();
}

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

/** Runs lines in a shell that has read the script, as often as a start file is read. */
async function inShell(shell: string, script: string, lines: string, times = 1): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stillfresh-complete-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'script');
  await writeFile(file, script);
  const sources = `source ${file}\n`.repeat(times);
  const flags = { bash: ['--norc', '--noprofile'], fish: ['--no-config'] }[shell] ?? [];
  const { stdout, stderr } = spawnSync(shell, [...flags, '-c', sources + lines], {
    cwd: folder,
    env: { PATH: '/usr/bin:/bin', HOME: folder },
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout;
}

describe('what is offered at TAB', () => {
  test.each<[readonly string[], readonly string[]]>([
    [
      [''],
      [
        'purge',
        'purges',
        'receipt',
        'emit',
        'hook',
        'explain',
        'top',
        'alerts',
        'rollout',
        'metrics',
        'init',
        'complete',
        'help',
      ],
    ],
    [['pur'], ['purge', 'purges']],
    [['--json', 'rec'], ['receipt']],
    [
      ['purge', '--t'],
      ['--tenant', '--tag', '--timeout'],
    ],
    [['purge', '--tenant', 'acme', '--no'], ['--no-wait']],
    [['purge', '--help'], ['--help']],
    [['purge', '--tenant', ''], []],
    [
      ['complete', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['hook', 'app', '--p'], ['--payload']],
    [
      ['top', '--sort', 'p'],
      ['p50', 'p95'],
    ],
    [['alerts', '--c'], ['--check']],
    [['rollout', 'r'], ['rollback']],
    [['rollout', 'set', 'analytics', '--mode', 's'], ['shadow']],
    [['metrics', '--g'], ['--grep']],
    [['help', 're'], ['receipt']],
    [
      ['purge', '--store=x', '--t'],
      ['--tenant', '--tag', '--timeout'],
    ],
    [['nonsense', '--'], []],
  ])('after %j: %j', async (words, expected) => {
    const lines = (await printed('complete', '--', ...words)).trimEnd().split('\n');
    expect(lines.pop()).toBe(':4'); // no names of files
    expect(lines.map((line) => line.split('\t')[0])).toEqual(expected);
  });
});

test.each<[readonly string[], string]>([
  [['emit', 'e', '--payload', ''], ':0'],
  [['emit', 'e', '--payload=pa'], ':0'],
  [['hook', 'app', '--payload', 'pa'], ':0'],
  [['hook', 'app', '--type', 'pa'], ':4'],
])('after %j names of files: %s', async (words, last) => {
  expect(await printed('complete', '--', ...words)).toBe(`${last}\n`);
});

/** Each would do harm if it were evaluated; with what is offered all the same. */
const typed: readonly (readonly [string, string])[] = [
  ['stillfresh purges --json > precious.txt --l', '--limit'],
  ['stillfresh purges --json >precious.txt --l', '--limit'],
  ['stillfresh purges >>precious.txt 2>&1 --l', '--limit'],
  ['stillfresh purges &> precious.txt --l', '--limit'],
  ['stillfresh purges 2>precious.txt --l', '--limit'],
  ['stillfresh purges >|precious.txt --l', '--limit'],
  ['stillfresh purges > prec', 'files'],
  ['stillfresh purges --json >', 'files'],
  ['stillfresh purges >prec', 'files'],
  ['stillfresh emit e < precious.txt --no', '--no-wait'],
  ['stillfresh emit e --payload ', 'files'],
  ['stillfresh purges --tenant "$(rm precious.txt)" --l', '--limit'],
  ['stillfresh purges --tenant `rm precious.txt` --l', '--limit'],
  ['stillfresh purges --tenant $(>precious.txt) --l', '--limit'],
  [`stillfresh purges --x$(rm\${IFS}precious.txt)=`, ''],
  ['stillfresh purges; rm precious.txt; --l', ''],
  ['stillfresh purges & rm precious.txt | --l', '--limit'],
  ["stillfresh purges --tenant 'it --l", '--limit'],
  ['stillfresh purges * ~ --l', '--limit'],
];

describe('npx stillfresh complete SHELL', () => {
  test('evaluates nothing of what is typed at TAB in bash: no redirection, no command', async () => {
    const lines = `
echo precious > precious.txt
compopt() { COMPREPLY=(files); }
press() { COMP_LINE=$1 COMP_POINT=\${#1} COMPREPLY=(); __stillfresh_complete; echo "\${COMPREPLY[*]}"; }
${typed.map(([line]) => `press '${line.replaceAll("'", `'\\''`)}'`).join('\n')}
cat precious.txt; ls
`;
    const said = (await inShell('bash', await printed('complete', 'bash'), lines)).split('\n');
    expect(said).toEqual([...typed.map(([, offered]) => offered), 'precious', 'precious.txt', 'script', '']);
  });

  test('nor in zsh and fish: what their scripts hand on is quoted, or no text to evaluate', async () => {
    const zsh = await printed('complete', 'zsh');
    expect(zsh).toContain(`local quoted_args=("\${(@q)args_to_quote}")`);
    expect(zsh).toContain(`flagPrefix="-P \${(q)BASH_REMATCH[1]}"`);
    expect(zsh.match(/^.*\beval .*$/gm)?.filter((line) => !/debug|#/.test(line))).toEqual([
      `    out=$(eval \${requestComp} 2>/dev/null)`,
      `        if eval _describe $keepOrder "completions" completions -Q \${flagPrefix} \${noSpace}; then`,
    ]);
    expect((await printed('complete', 'fish')).replaceAll(/^ *#.*$/gm, '')).not.toMatch(
      /^ *eval\b|\(eval\b/m,
    );
  });

  test('is a script for bash that completes, twice read or not, without bash-completion', async () => {
    const lines = `
compopt() { :; }
press() { COMP_LINE=$1 COMP_POINT=\${#1} COMPREPLY=(); __stillfresh_complete; echo "\${COMPREPLY[*]}"; }
complete -p stillfresh
press 'stillfresh pu'
press 'stillfresh purge --tenant acme --tag invoice:inv_1 --no'
press 'stillfresh complete '
stillfresh --version
`;
    for (const times of [1, 2]) {
      expect((await inShell('bash', await printed('complete', 'bash'), lines, times)).split('\n')).toEqual([
        'complete -F __stillfresh_complete stillfresh',
        'purge purges',
        '--no-wait',
        'bash zsh fish',
        '0.1.0',
        '',
      ]);
    }
  });

  test.skipIf(!has('fish'))('is a script for fish that completes', async () => {
    const lines = "complete -C 'stillfresh purge --ten'; stillfresh --version";
    const said = await inShell('fish', await printed('complete', 'fish'), lines);
    expect(said).toContain("--tenant\ta tenant's\n");
    expect(said).toContain('0.1.0\n');
  });

  test.skipIf(!has('zsh'))('is a script for zsh that is well formed', async () => {
    const lines = 'whence -w _stillfresh; stillfresh --version';
    const script = `autoload -Uz compinit; compinit -u\n${await printed('complete', 'zsh')}`;
    expect(await inShell('zsh', script, lines)).toBe('_stillfresh: function\n0.1.0\n');
  });

  test.each(['zsh', 'fish'])('names the program by its whole path, for %s too', async (shell) => {
    expect(await printed('complete', shell)).toMatch(/^(function )?stillfresh.* \/.*\/cli\/main\.ts/);
  });
});
