import type { Values } from '../cli/args/definition.ts';
import { runProcess } from '../cli/args/process.ts';
import { durationMs, jsonOrText, pairsOf } from '../cli/args/values.ts';
import { UsageError } from '../cli/failure.ts';
import { root } from './bundle.ts';
import { describeWorker } from './describe.ts';
import type { WorkerDescription } from './description.ts';
import { DEV_AUDIENCE, DEV_ISSUER, signDevToken } from './keys.ts';
import { roleAtStart } from './origin/people.ts';
import { Refusal } from './refusal.ts';
import { type Given, givenSettings } from './settings.ts';
import { tokenCommand } from './token-options.ts';

async function printToken(flags: Values<typeof tokenCommand.args>): Promise<void> {
  const { tenant, user } = flags;
  const expiresInMs = durationMs('--expires-in', flags['expires-in'], { most: '399d', example: '30m or 7d' });
  const roles = flags.role ?? [roleAtStart(tenant, user)].filter((role) => role !== undefined);
  const more = claimsOf(flags.claim);
  const given = givenSettings(process.env, root);
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = given.settings;
  const claims = await claimNames(given);
  const nowMs = Date.now();
  const token = await signDevToken(
    { tenant, user, roles, more },
    { nowMs, expiresInMs, issuer, audience, claims },
  );
  const expiresAt = new Date(nowMs + expiresInMs).toISOString();
  const described = {
    token,
    expires_at: expiresAt,
    tenant,
    user,
    roles,
    issuer: issuer || DEV_ISSUER,
    audience: audience || DEV_AUDIENCE,
    ...(flags.claim && { claims: more }),
  };
  process.stdout.write(`${flags.json ? JSON.stringify(described) : token}\n`);
}

/** By which claims the strategy names whom; undefined, and said so, where no Worker starts that could tell. */
async function claimNames(given: Given): Promise<WorkerDescription['claims']> {
  try {
    return (await describeWorker(given)).claims;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const why = error.message.split('\n', 2).join(': ');
    process.stderr.write(`token: it has the default claims tenant, sub and roles, as ${why}\n`);
    return undefined;
  }
}

function claimsOf(list: readonly string[] | undefined): Record<string, unknown> {
  const claims = pairsOf('--claim', list);
  const time = claims.find(([name]) => name === 'exp' || name === 'iat');
  if (time) throw new UsageError(`--claim ${time[0]}: give --expires-in instead`);
  return Object.fromEntries(claims.map(([name, text]) => [name, jsonOrText(text)]));
}

await runProcess(tokenCommand, printToken);
