import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LOCK_FILE, readLock } from '../../dev/lock/file.ts';
import { defineCommand, type Values } from '../args/definition.ts';
import type { Environment } from '../environment.ts';
import { type ExitCode, exit, Failure } from '../failure.ts';
import { type Answers, answersShape, type GivenAnswers, questions } from './answers.ts';
import { filesOf } from './files.ts';
import { itemsOf } from './from-assessment.ts';
import { makeRoom } from './place.ts';
import { planOf } from './plan.ts';

export const initCommand = defineCommand({
  name: 'stillfresh',
  typed: 'npx stillfresh init',
  description: 'Writes routes/ for your own application, from ten answers',
  args: {
    answers: {
      type: 'string',
      valueHint: 'FILE|-',
      description: 'the answers as JSON; without it they are asked for, one after the other',
    },
    from: {
      type: 'string',
      valueHint: 'FILE|-',
      description: 'which data: as npm run assess -- LOG --json has judged their routes',
    },
    print: { type: 'boolean', description: 'print the files, and write nothing' },
    force: {
      type: 'boolean',
      description: 'write over what is in routes/, though it is in no commit, or your own',
    },
    json: { type: 'boolean', description: 'what was written as one JSON object on stdout' },
  },
  examples: [
    'npx stillfresh init',
    'npx stillfresh init --answers answers.json',
    'npx stillfresh init --from assess.json',
  ],
  stray: 'it takes flags only',
  notes: `Answers: {${Object.keys(questions)
    .map((it) => `"${it}":…`)
    .join(', ')}}; each a text, and data a list of names, or of
{"name":"invoice","path":"/v1/invoices/:invoice_id","who":"tenant","ttl":"5m","changedBy":["invoice_paid"],"written":true}; docs/init.md has all
of it. Each class begins in the shadow: the origin answers until you switch it on. Exit codes: 0 written; 2 refused: nothing was written; 130 Ctrl-C.`,
});

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** `stillfresh init`. */
export async function init(
  flags: Values<typeof initCommand.args>,
  environment: Environment,
  root = projectRoot,
): Promise<ExitCode> {
  const { stdout, stderr } = environment;
  const plan = planOf(await answersFor(flags, environment), await versionsBefore(root));
  const files = filesOf(plan);
  if (flags.print) {
    stdout.write(flags.json ? `${JSON.stringify(Object.fromEntries(files))}\n` : printed(files));
    return exit.done;
  }
  const moved = await makeRoom(root, { force: flags.force });
  await mkdir(join(root, 'routes'), { recursive: true });
  for (const [file, text] of files) await writeFile(join(root, 'routes', file), text);
  const written = await finish(root, [...files.keys()]);
  if (flags.json) stdout.write(`${JSON.stringify({ written, moved, gaps: gapsOf(files) })}\n`);
  else stderr.write(told(files, moved));
  return exit.done;
}

/** Of the classes that the lock knows, such as the demo's. */
async function versionsBefore(root: string): Promise<ReadonlyMap<string, number>> {
  const text = await readFile(join(root, LOCK_FILE), 'utf8').catch(() => null);
  return new Map([...readLock(text)].map(([name, { version }]) => [name, version]));
}

async function answersFor(
  flags: Values<typeof initCommand.args>,
  { read, terminal }: Environment,
): Promise<Answers> {
  const textOf = async (flag: '--answers' | '--from', path: string) =>
    new TextDecoder().decode(
      await read(path).catch((error: NodeJS.ErrnoException) => {
        throw new Failure(exit.refused, `${flag}: ${path} cannot be read (${error.code ?? error.message})`);
      }),
    );
  const given = flags.answers === undefined ? {} : jsonOf(await textOf('--answers', flags.answers));
  const known: Partial<GivenAnswers> =
    flags.from === undefined
      ? given
      : { ...given, data: given.data ?? itemsOf(await textOf('--from', flags.from)) };
  if (flags.answers === undefined && !flags.json && terminal) {
    // Loaded for this alone.
    const { askFor } = await import('./ask.ts');
    return askFor(known, terminal);
  }
  const { data, error } = answersShape.safeParse(known);
  if (data) return data;
  const says = error.issues.map(({ path, message }) => {
    const question = path.length === 1 ? questions[path[0] as keyof typeof questions] : undefined;
    const isMissing =
      question !== undefined && (known as Record<string, unknown>)[String(path[0])] === undefined;
    return `  ${path.join('.') || 'answers'}: ${isMissing ? `is missing. ${question}` : message}`;
  });
  throw new Failure(
    exit.refused,
    `the answers cannot be used${flags.answers === undefined ? '; give --answers FILE, or run it in a terminal' : ''}:\n${says.join('\n')}`,
  );
}

function jsonOf(text: string): Partial<GivenAnswers> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Failure(exit.refused, `--answers: is not JSON (${(error as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Failure(exit.refused, `--answers: must be one object, {${Object.keys(questions).join(', ')}}`);
  return value;
}

const printed = (files: ReadonlyMap<string, string>): string =>
  [...files].map(([file, text]) => `// routes/${file}\n${text}\n`).join('');

/** Formats what was written, and makes what is made from it. */
async function finish(root: string, names: readonly string[]): Promise<readonly string[]> {
  const node = (args: readonly string[]) => promisify(execFile)(process.execPath, args, { cwd: root });
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  await node([biome, 'check', '--write', 'routes', 'test', 'examples']).catch(() => undefined);
  const made = ['lock', 'strategy', 'dashboards'];
  for (const it of made)
    await node([join(root, `dev/${it}/main.ts`)]).catch((error: Error & { stderr?: string }) => {
      throw new Failure(
        exit.notDone,
        `routes/ is written, but npm run ${it} fails: ${error.stderr ?? error.message}`,
      );
    });
  return names.map((it) => `routes/${it}`);
}

function gapsOf(files: ReadonlyMap<string, string>): readonly string[] {
  return [...files].flatMap(([file, text]) =>
    text.split('\n').flatMap((line) => {
      const at = line.indexOf('// GAP: ');
      return at < 0 ? [] : [`routes/${file}: ${line.slice(at + '// GAP: '.length)}`];
    }),
  );
}

function told(files: ReadonlyMap<string, string>, moved: string | null): string {
  const gaps = [...new Set(gapsOf(files))];
  return `${[...files.keys()].map((it) => `wrote routes/${it}\n`).join('')}${moved === null ? '' : `${moved}\n`}
Left for you, marked GAP in the code:
${gaps.map((it) => `  ${it}\n`).join('')}
Next: npm run check; npm run strategy -- --check; ORIGIN_URL=http://127.0.0.1:3000 npm run dev
`;
}
