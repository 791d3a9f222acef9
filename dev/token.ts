import { parseArgs } from 'node:util';
import { DEV_AUDIENCE, DEV_ISSUER, signDevToken } from './keys.ts';
import { roleAtStart } from './origin/people.ts';

const USAGE = `Prints a JWT that the local stack accepts, on any port.

  npm run token -- --tenant acme --user ann [--expires-in 1d] [--json]

  --tenant NAME      the tenant: acme or globex have data
  --user NAME        the user: ann (admin), bob (viewer), carol (analyst), dan (admin) and others
  --expires-in TIME  a whole number and a unit, s, m, h or d; less than 400d (default 1d)
  --json             print {"token", "expires_at", …} instead of the bare token
  --help             print this
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
  const role = roleAtStart(tenant, user);
  const roles = role === undefined ? [] : [role];
  const nowMs = Date.now();
  const token = await signDevToken({ tenant, user, roles }, { nowMs, expiresInMs });
  const expiresAt = new Date(nowMs + expiresInMs).toISOString();
  const described = {
    token,
    expires_at: expiresAt,
    tenant,
    user,
    roles,
    issuer: DEV_ISSUER,
    audience: DEV_AUDIENCE,
  };
  process.stdout.write(`${flags.json ? JSON.stringify(described) : token}\n`);
}

function parseFlags() {
  try {
    return parseArgs({
      options: {
        tenant: { type: 'string' },
        user: { type: 'string' },
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

function durationMs(text: string): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  if (Number.isNaN(ms)) throw new UsageError(`--expires-in is not a time such as 30m, 1h or 7d: ${text}`);
  if (ms === 0) throw new UsageError('--expires-in must be longer than nothing');
  if (ms >= LIMIT_MS) throw new UsageError(`--expires-in must be less than 400d: ${text}`);
  return ms;
}
