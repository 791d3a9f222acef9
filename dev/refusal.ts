import { exit, Failure } from '../cli/failure.ts';

/** What a command cannot do, as one line that says why and how to mend it. */
export class Refusal extends Failure {
  constructor(message: string) {
    super(exit.notDone, message);
  }
}
