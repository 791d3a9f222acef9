import type { Values } from '../cli/args/definition.ts';
import { runProcess } from '../cli/args/process.ts';
import { durationMs, jsonOrText, pairsOf } from '../cli/args/values.ts';
import { UsageError } from '../cli/failure.ts';
import { root } from './bundle.ts';
import { describeWorker } from './describe.ts';
import { DEV_AUDIENCE, DEV_ISSUER, signDevToken } from './keys.ts';
import { roleAtStart } from './origin/people.ts';
import { givenSettings } from './settings.ts';
import { tokenCommand } from './token-options.ts';

async function printToken(flags: Values<typeof tokenCommand.args>): Promise<void> {
  const { tenant, user } = flags;
  const expiresInMs = durationMs('--expires-in', flags['expires-in'], { most: '399d', example: '30m or 7d' });
  const roles = flags.role ?? [roleAtStart(tenant, user)].filter((role) => role !== undefined);
  const more = claimsOf(flags.claim);
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = givenSettings(process.env, root).settings;
  const { claims } = await describeWorker();
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

function claimsOf(list: readonly string[] | undefined): Record<string, unknown> {
  const claims = pairsOf('--claim', list);
  const time = claims.find(([name]) => name === 'exp' || name === 'iat');
  if (time) throw new UsageError(`--claim ${time[0]}: give --expires-in instead`);
  return Object.fromEntries(claims.map(([name, text]) => [name, jsonOrText(text)]));
}

await runProcess(tokenCommand, printToken);
