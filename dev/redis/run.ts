import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** An environment, with the names that we read or set ourselves. */
export interface Env {
  readonly PATH?: string | undefined;
  readonly REDIS_URL?: string | undefined;
  readonly LD_LIBRARY_PATH?: string | undefined;
  readonly [name: string]: string | undefined;
}

/** A program that starts, with the environment it needs. */
export interface Program {
  readonly binary: string;
  readonly env: Env;
}

/** Runs a program to its end, within a deadline. Rejects with one line that says which program failed, and why. */
export function run(
  program: string,
  args: readonly string[],
  options: { env: Env; cwd?: string; timeoutMs: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      {
        // Messages are shown to people and looked at by tests: always in English.
        env: { ...options.env, LC_ALL: 'C' },
        timeout: options.timeoutMs,
        killSignal: 'SIGKILL',
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const name = [program.split('/').at(-1), args.find((arg) => /^[a-z]/.test(arg))]
          .filter(Boolean)
          .join(' ');
        const said = `${stdout}\n${stderr}`.trim().split('\n').at(-1);
        const why =
          error.code === 'ENOENT'
            ? 'not found'
            : error.killed
              ? `no end after ${options.timeoutMs / 1000} s`
              : said || `exit code ${error.code}`;
        reject(new Error(`${name}: ${why}`));
      },
    );
  });
}

/** The first executable of that name on `PATH`. */
export function onPath(program: string, env: Env): string | null {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here; look in the next folder.
    }
  }
  return null;
}
