import { parseArgs } from 'node:util';
import { root } from './bundle.ts';
import { DEV_AUDIENCE, DEV_ISSUER, signDevToken } from './keys.ts';
import { roleAtStart } from './origin/people.ts';
import { givenSettings } from './settings.ts';

const USAGE = `Prints a JWT that the local stack accepts, on any port.

  npm run token -- --tenant acme --user ann [--role NAME]… [--claim NAME=VALUE]… [--expires-in 1d] [--json]

  --tenant NAME      the tenant: acme or globex have data
  --user NAME        the user: ann (admin), bob (viewer), carol (analyst), dan (admin) and others
  --role NAME        a role; may be given more than once. Default: what the user has at the demo, a stranger none
  --claim NAME=VALUE a further claim, or another value for one; may be given more than once. VALUE is JSON, else text:
                     --claim org=acme --claim 'groups=["a","b"]' --claim mfa=true
  --expires-in TIME  a whole number and a unit, s, m, h or d; less than 400d (default 1d)
  --json             print {"token", "expires_at", …} instead of the bare token
  --help             print this

JWT_ISSUER and JWT_AUDIENCE, in the environment or in .dev.vars, say its iss and aud, as they do for npm run dev.
`;

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LIMIT_MS = 400 * 86_400_000;

/** A mistake of the caller's: printed without a stack. */
class UsageError extends Error {}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`token: ${error.message}\nTry: npm run token -- --help\n`);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const flags = parseFlags();
  if (flags.help) {
    process.stdout.write(USAGE);
    return;
  }
  const tenant = required(flags.tenant, '--tenant');
  const user = required(flags.user, '--user');
  const expiresInMs = durationMs(flags['expires-in'] ?? '1d');
  const roles = flags.role ?? [roleAtStart(tenant, user)].filter((it) => it !== undefined);
  const more = Object.fromEntries((flags.claim ?? []).map(claimOf));
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = givenSettings(process.env, root).settings;
  const nowMs = Date.now();
  const token = await signDevToken({ tenant, user, roles, more }, { nowMs, expiresInMs, issuer, audience });
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

function parseFlags() {
  try {
    return parseArgs({
      options: {
        tenant: { type: 'string' },
        user: { type: 'string' },
        role: { type: 'string', multiple: true },
        claim: { type: 'string', multiple: true },
        'expires-in': { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message); // parseArgs names the flag
  }
}

function required(value: string | undefined, flag: string): string {
  if (value === undefined) throw new UsageError(`${flag} is missing`);
  if (value === '') throw new UsageError(`${flag} is empty`);
  return value;
}

/** `NAME=VALUE`; JSON, so that a claim may be a list or a number, else text. */
function claimOf(text: string): [name: string, value: unknown] {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === '') throw new UsageError(`--claim is not NAME=VALUE: ${text}`);
  if (name === 'exp' || name === 'iat') throw new UsageError(`--claim ${name}: give --expires-in instead`);
  try {
    return [name, JSON.parse(value)];
  } catch {
    return [name, value];
  }
}

function durationMs(text: string): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  if (Number.isNaN(ms)) throw new UsageError(`--expires-in is not a time such as 30m, 1h or 7d: ${text}`);
  if (ms === 0) throw new UsageError('--expires-in must be longer than nothing');
  if (ms >= LIMIT_MS) throw new UsageError(`--expires-in must be less than 400d: ${text}`);
  return ms;
}
