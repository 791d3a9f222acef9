import { exit, Failure, UsageError } from '../failure.ts';
import { printable } from '../text.ts';
import type { PathStage, Person, Stage, Tools } from './drill.ts';
import { type Answer, type DrilledEdge, readCanary, saidBy } from './edge.ts';

export interface Given {
  readonly token: string;
  readonly otherTokens: readonly [string, ...string[]];
  readonly canary: string;
  /** Null: not given. */
  readonly path: string | null;
}

/** Looks who the tokens are, and whether there is a canary. Rejects where nothing can be drilled. */
export async function stageOf(given: Given, tools: Tools): Promise<Stage | PathStage> {
  const { edge, admin } = tools;
  const { token, otherTokens, canary, path } = given;
  const health = await edge.read('/-/health', { token: null });
  if (health.status !== 200)
    throw new Failure(exit.unreachable, `/-/health: ${health.status}; is it the edge, and is it well?`);
  await admin.mustBeKnown();
  const one = await whoIs('--token', token, given, edge);
  if (one === null) {
    if (path !== null) return { ...tools, path, one: { token } };
    throw new Failure(
      exit.refused,
      `${canary}: 404; the deployment has no canary: docs/drill.md says how to add it, or give --path, where a few drills can read`,
    );
  }
  const others: Person[] = [];
  for (const it of otherTokens) {
    const other = await whoIs('--other-token', it, given, edge);
    if (other === null || (other.tenant === one.tenant && other.user === one.user))
      throw new UsageError(
        `--other-token is of ${printable(one.user)} of ${printable(one.tenant)}, as --token is: give one of another user`,
      );
    others.push(other);
  }
  return { ...tools, canary, one, others: others as [Person, ...Person[]] };
}

/** Null: there is no canary. */
async function whoIs(
  flag: string,
  token: string,
  { canary }: Given,
  edge: DrilledEdge,
): Promise<Person | null> {
  const path = `${canary}/own/${edge.probe()}`;
  const answer: Answer = await edge.read(path, { token });
  const read = readCanary(answer);
  if (read) return { token, tenant: read.tenant, user: read.user };
  if (answer.status === 404) return null;
  const said = printable(saidBy(answer));
  if (answer.status === 401 || answer.status === 403)
    throw new UsageError(`${flag}: ${said}; it may not read ${path}`);
  throw new Failure(answer.status >= 500 ? exit.unreachable : exit.refused, `GET ${path}: ${said}`);
}
