import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Command, freePorts, root, run } from '../dev/dev-command.ts';

const node = join(root, 'node_modules/.bin/node');
let stack: Command;

/** The real edge on this machine, with its entries in memory. */
beforeAll(async () => {
  stack = run(node, ['dev/main.ts', '--store', 'memory', '--port', String(await freePorts())]);
  await stack.line(/^ready /);
});

afterAll(async () => {
  stack.signalGroup('SIGTERM');
  await stack.ended;
});

/** In a shell that has what the stack printed for it. */
function inShell(line: string): Promise<{ code: number; out: string; err: string }> {
  const exports = stack.out.filter((it) => it.startsWith('export '));
  const script = [...exports, `stillfresh() { '${node}' '${join(root, 'cli/main.ts')}' "$@"; }`, line].join(
    '\n',
  );
  const env = { PATH: process.env['PATH'], no_proxy: '127.0.0.1' };
  return new Promise((resolve) => {
    execFile('bash', ['--norc', '-c', script], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe('stillfresh hook, at the real edge', () => {
  const paid = (invoice: string) =>
    `{"type":"invoice_paid","data":{"tenant_id":"acme","invoice_id":"${invoice}"}}`;
  const stripe =
    '{"id":"evt_1","type":"invoice.paid","data":{"object":{"customer":"cus_nobody","metadata":{"invoice_id":"i"}}}}';

  it.each([
    ['app', `--payload '${paid('inv_0001')}' --no-wait`, /^pur_[\w-]+\n$/],
    ['stripe', `--payload - <<<'${stripe}'`, /^stripe: ignored: its mapping knows no tenant/],
    ['github', `--type nothing --payload '{}'`, /^github: ignored: no event of this type is mapped/],
    ['shopify', `--type nothing --payload '{}'`, /^shopify: ignored: no event of this type is mapped/],
  ])('a webhook of %s is verified', async (source, flags, said) => {
    const { code, out, err } = await inShell(`stillfresh hook ${source} ${flags}`);
    expect([code, out + err]).toEqual([0, expect.stringMatching(said)]);
  });

  it('one with another secret is refused', async () => {
    const { code, err } = await inShell(
      `HOOK_SECRET_APP=whsec_${'a'.repeat(32)} stillfresh hook app --payload '${paid('inv_1')}'`,
    );
    expect(code).toBe(2);
    expect(err).toContain('is the secret in HOOK_SECRET_APP the one that the edge has?');
  });

  it('one of another shape names the field', async () => {
    const { code, err } = await inShell(`stillfresh hook app --payload '{"type":"invoice_paid","data":{}}'`);
    expect([code, err]).toEqual([2, expect.stringContaining('\n  data.tenant_id: ')]);
  });
});

describe('what a purge met, at the real edge', () => {
  const ASK = `curl -s -o /dev/null -H "Authorization: Bearer $ACME" "$STILLFRESH_URL/v1/invoices/inv_0001"`;

  it('a typo in a tag is told in one line; with --strict it is exit code 4', async () => {
    const { code, err } = await inShell(
      'stillfresh purge --tenant acme --tag invioce:inv_0001 --no-wait --strict',
    );
    expect(code).toBe(4);
    expect(err).toMatch(/^hint: no class has a tag "invioce:…".*\nstillfresh: --strict: no class .*\n$/);
  });

  it('a tag with a star is told that tags are exact', async () => {
    const { code, err } = await inShell("stillfresh purge --tenant acme --tag 'invoice:*' --no-wait");
    expect([code, err]).toEqual([0, expect.stringMatching(/^hint: tags are exact: "invoice:\*".*\n$/)]);
  });

  /** Its receipt, once it is applied. */
  async function receiptOf(id: string): Promise<string> {
    const look = async () => (await inShell(`stillfresh receipt ${id.trim()}`)).out;
    await expect.poll(look, { timeout: 10_000 }).toContain('state     applied\n');
    return look();
  }

  it('what was cached is met, and what was not is told', async () => {
    const purge = 'stillfresh purge --tenant acme --tag invoice:inv_0001 --no-wait';
    const { out } = await inShell(`${ASK}; ${ASK}; ${purge}`);
    expect(await receiptOf(out)).toContain('met       each of its names\n');
    const other = await inShell('stillfresh purge --tenant acme --tag invoice:inv_0009 --no-wait');
    expect(await receiptOf(other.out)).toContain('met       nothing cached had this tag\n');
  });

  it('an event is emitted, and its receipt names it', async () => {
    const { code, out, err } = await inShell(
      'stillfresh emit invoice_paid --tenant acme --set invoice_id=inv_0001 --no-wait',
    );
    expect([code, err]).toEqual([0, '']);
    expect(await receiptOf(out)).toContain('events    invoice_paid\n');
  });
});

describe('how the edge fares, at the real edge', () => {
  /** Enough requests that the isolate tells them at once; the cron adds up within seconds. */
  beforeAll(async () => {
    const { code, out } = await inShell(
      `'${node}' dev/traffic/main.ts --url "$STILLFRESH_URL" --minutes 0.1 --rate 60 --seed 2 --json`,
    );
    expect(code).toBe(0);
    const told = Math.floor(JSON.parse(out).requests / 100) * 100;
    await vi.waitFor(
      async () => {
        const { summary } = JSON.parse((await inShell('stillfresh top --json --once')).out);
        expect(summary.requests).toBeGreaterThanOrEqual(told);
      },
      { timeout: 30_000, interval: 1_000 },
    );
  }, 60_000);

  it('top has a line for each class, and one for all', async () => {
    const { code, out, err } = await inShell('stillfresh top');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^CLASS +REQ\/S +HIT% +STALE +MISS +ERROR +P50 +P95 +ORIG\/S +SAVED +\$\/H\n/);
    for (const name of ['analytics', 'invoice', 'invoices', 'permissions', 'all'])
      expect(out).toMatch(new RegExp(`^${name} +\\d`, 'm'));
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('metrics are what promtool and people can read', async () => {
    const { code, out } = await inShell('stillfresh metrics --grep stillfresh_requests_total');
    expect(code).toBe(0);
    expect(out).toMatch(/^# TYPE stillfresh_requests_total counter$/m);
    expect(out).toMatch(/^stillfresh_requests_total\{class="analytics",outcome="hit"\} [1-9]/m);
    const { out: json } = await inShell('stillfresh metrics --json');
    expect(JSON.parse(json)).toContainEqual(expect.objectContaining({ name: 'stillfresh_requests_total' }));
  });

  it('alerts are those of the strategy', async () => {
    const { code, out, err } = await inShell('stillfresh alerts --check');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^ALERT +STATE +SINCE +VALUE +BOUND\n/);
    for (const name of ['hit-rate', 'redis-memory', 'breaker-open'])
      expect(out).toMatch(new RegExp(`^${name} +(inactive|no-data|pending) `, 'm'));
  });

  it.each(['top --once', 'metrics', 'alerts'])('%s wants a token of scope read', async (command) => {
    const { code, err } = await inShell(`STILLFRESH_TOKEN=another stillfresh ${command}`);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('STILLFRESH_TOKEN is no admin token of this edge'),
    ]);
  });

  it('a window that the edge would not take is refused before it is asked', async () => {
    const { code, err } = await inShell('stillfresh top --window 30s');
    expect([code, err]).toEqual([2, expect.stringContaining('--window 30s: give a time from 1m to 35d')]);
  });
});

describe('stillfresh rollout, at the real edge', () => {
  const cacheStatus = async () => {
    const ask = `curl -si -H "Authorization: Bearer $ACME" "$STILLFRESH_URL/v1/invoices" | grep -i '^cache-status'`;
    return (await inShell(ask)).out;
  };
  const versionNow = async () =>
    JSON.parse((await inShell('stillfresh rollout status --json')).out).version as string;

  it('a class is in the shadow, then on for some, and goes back', async () => {
    const shadow = await inShell(`stillfresh rollout set invoices --mode shadow --why 'first look'`);
    expect([shadow.code, shadow.out + shadow.err]).toEqual([
      0,
      'invoices: on for everyone → in the shadow\n  step 1 of 5 of its plan: the guard sends it on, or back\n',
    ]);
    expect(await cacheStatus()).toContain('detail=shadow');
    const on = `stillfresh rollout set invoices --mode on --percent 0 --allow acme --steps none --why 'acme first'`;
    expect(await inShell(on)).toMatchObject({
      code: 0,
      out: expect.stringContaining('on for 0 % of tenants'),
    });
    expect(await cacheStatus()).toMatch(/; (stored|hit)/);
    expect(await inShell(`stillfresh rollout rollback invoices --why 'enough'`)).toMatchObject({
      code: 0,
      out: 'invoices: on for 0 % of tenants → in the shadow\n  held: rolled back by development: enough\n',
    });
    const { out } = await inShell('stillfresh rollout status');
    expect(out).toMatch(/^CLASS +MODE +PERCENT +STEP +SINCE +GUARD\n/);
    expect(out).toMatch(/^invoices +shadow +0 +- +\S+ +held: rolled back by development: enough$/m);
  });

  it('of two operators at once, one is told what the other has done, and the audit list has both', async () => {
    const version = await versionNow();
    const set = (percent: number, why: string) =>
      inShell(
        `stillfresh rollout set invoice --mode on --percent ${percent} --why '${why}' --if-version ${version}`,
      );
    expect(await set(5, 'the one')).toMatchObject({ code: 0 });
    const { code, err } = await set(50, 'the other');
    expect(code).toBe(6);
    expect(err).toContain('invoice is on for 5 % of tenants now, by development');
    const { out } = await inShell('stillfresh rollout audit invoice');
    expect(out).toMatch(/on 50 % +the other REFUSED: .*\n.*on 5 % +the one\n/);
  });

  it('the kill switch sends all to the origin, until it is off', async () => {
    const killed = await inShell(`stillfresh rollout kill --why 'incident'`);
    expect([killed.code, killed.out]).toEqual([
      0,
      expect.stringMatching(/^the kill switch is on, by development/),
    ]);
    expect(await cacheStatus()).toContain('detail=kill-switch');
    expect(await inShell(`stillfresh rollout kill --off --why 'over'`)).toMatchObject({ code: 0 });
    expect(await cacheStatus()).not.toContain('kill-switch');
  });

  it.each([
    [`set invoics --mode off --why x`, /did you mean "invoices?"/],
    [`set invoice --mode on --percent 5 --allow a//b --why x`, /\n {2}--allow/],
    [`advance account --why x`, /it is on for everyone, and there is no step after that/],
    ['status invoics', /did you mean "invoices?"/],
  ])('%s is refused, and says why', async (line, said) => {
    const { code, err } = await inShell(`stillfresh rollout ${line}`);
    expect([code, err]).toEqual([2, expect.stringMatching(said)]);
  });

  it('shows the plan of a class', async () => {
    const { code, out } = await inShell('stillfresh rollout plan analytics');
    expect([code, out]).toEqual([0, expect.stringMatching(/^STEP +PERCENT +DWELL +AT LEAST +IS\n/)]);
  });
});
