import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../../dev/bundle.ts';

/** Not looked into by `tsc`: it is checked with the types of workerd. */
const { parseSettings } = (await import(join(root, 'src/edge/settings.ts'))) as {
  parseSettings: (env: Readonly<Record<string, string>>) => unknown;
};
interface Thrown {
  readonly faults: readonly { readonly setting: string; readonly says: string }[];
}

const toml = await readFile(join(root, 'wrangler.toml'), 'utf8');

/** Of each environment its vars as they are shipped, those in comments too. */
const environments = toml
  .split(/^\[(?=(?:env\.\w+\.)?vars\])/m)
  .slice(1)
  .map((part) => [part.split(']')[0]!, varsIn(part)] as const);

function varsIn(part: string): Record<string, string> {
  const lines = part.split(/^\[/m)[0]!.matchAll(/^(?:# )?([A-Z_]+) = "(.*)"$/gm);
  return Object.fromEntries([...lines].map((it) => [it[1]!, it[2]!]));
}

const secrets = {
  ORIGIN_SECRET: 'a-secret-of-the-team',
  UPSTASH_REDIS_REST_URL: 'https://eu1-something.upstash.io',
  UPSTASH_REDIS_REST_TOKEN: 'AYNgAS8dGhlLXRva2Vu',
};

/** What must be a team's own. */
const ownHosts = ['ORIGIN_URL', 'JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE', 'PUBLIC_URL'];

describe.each(environments)('%s of wrangler.toml', (_, vars) => {
  const faultsOf = (changed: Record<string, string> = {}) => {
    try {
      parseSettings({ ...secrets, ...vars, ...changed });
      return [];
    } catch (error) {
      return (error as Thrown).faults.map(({ setting, says }) => `${setting} ${says}`);
    }
  };

  test('as it is shipped it names all that is to be set, and nothing else', () => {
    const says = 'is still a placeholder; set it under [vars] in wrangler.toml';
    expect(faultsOf()).toEqual(ownHosts.map((setting) => `${setting} ${says}`));
  });

  test('with these set it starts', () => {
    expect(faultsOf(Object.fromEntries(ownHosts.map((name) => [name, 'https://acme.test/'])))).toEqual([]);
  });
});

test('every environment is looked at', () => {
  expect(environments.map(([name]) => name)).toEqual(['vars', 'env.staging.vars']);
});
