/** Exit codes, for scripts, of all commands alike; `help.ts` explains them. */
export const exit = {
  done: 0,
  notDone: 1,
  refused: 2,
  unreachable: 3,
  metNothing: 4,
  firing: 5,
  overtaken: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

/** Ends the command with a message instead of a stack. */
export class Failure extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A mistake in the command as it was typed: the message names the flag and the mend. */
export class UsageError extends Failure {
  constructor(message: string) {
    super(exit.refused, message);
  }
}
