import type { Values } from '../cli/args/definition.ts';
import { runProcess } from '../cli/args/process.ts';
import { durationMs, pairsOf } from '../cli/args/values.ts';
import { UsageError } from '../cli/failure.ts';
import { DEV_AUDIENCE, DEV_ISSUER, signDevToken } from './keys.ts';
import { roleAtStart } from './origin/people.ts';
import { tokenCommand } from './token-options.ts';

async function printToken(flags: Values<typeof tokenCommand.args>): Promise<void> {
  const { tenant, user } = flags;
  const expiresInMs = durationMs('--expires-in', flags['expires-in'], { most: '399d', example: '30m or 7d' });
  const roles = flags.role ?? [roleAtStart(tenant, user)].filter((role) => role !== undefined);
  const others = claimsOf(flags.claim);
  const nowMs = Date.now();
  const token = await signDevToken({ tenant, user, roles, others }, { nowMs, expiresInMs });
  const expiresAt = new Date(nowMs + expiresInMs).toISOString();
  const described = {
    token,
    expires_at: expiresAt,
    tenant,
    user,
    roles,
    claims: others,
    issuer: DEV_ISSUER,
    audience: DEV_AUDIENCE,
  };
  process.stdout.write(`${flags.json ? JSON.stringify(described) : token}\n`);
}

/** Claims that are not for `--claim` to say, and what says them. */
const saidBy = new Map([
  ['tenant', '--tenant says this one'],
  ['sub', '--user says this one'],
  ['roles', '--role says this one'],
  ['exp', '--expires-in says this one'],
  ...['iss', 'aud', 'iat'].map((name) => [name, 'it is what the local stack expects, always'] as const),
]);

function claimsOf(list: readonly string[] | undefined): Record<string, unknown> {
  const claims = pairsOf('--claim', list);
  for (const [name] of claims)
    if (saidBy.has(name)) throw new UsageError(`--claim ${name}: ${saidBy.get(name)}; leave it out`);
  return Object.fromEntries(claims.map(([name, text]) => [name, jsonOrText(text)]));
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

await runProcess(tokenCommand, printToken);
