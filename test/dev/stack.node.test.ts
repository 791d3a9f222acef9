import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import {
  type Command,
  type CommandOptions,
  checkout,
  descendantsOf,
  freePorts,
  inShell,
  isRunning,
  listenAt,
  nameOf,
  root,
  run,
} from './dev-command.ts';

const node = join(root, 'node_modules/.bin/node');
const running: Command[] = [];

/** What `npm run dev` runs. */
function dev(args: readonly string[], options?: CommandOptions): Command {
  const command = run(node, ['dev/main.ts', ...args], options);
  running.push(command);
  return command;
}

afterEach(async () => {
  for (const command of running.splice(0)) {
    if (!isRunning(command.pid)) continue;
    command.signalGroup('SIGKILL');
    await command.ended;
  }
});

/** All that a command had started has ended with it, and its ports are free again. */
async function expectNothingLeft(pids: readonly number[], port: number): Promise<void> {
  await expect.poll(() => pids.filter(isRunning), { timeout: 10_000 }).toEqual([]);
  for (const at of [port, port + 1, port + 2, port + 3]) await (await listenAt(at)).close();
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

describeWithRedis('npm run dev, with Redis', () => {
  it('prints its URLs, tokens that work, and commands that run as they are', async () => {
    const port = await freePorts();
    const command = dev(['--port', String(port)]);
    expect(await command.line(/^ready /)).toBe(`ready http://127.0.0.1:${port}`);
    expect(await command.line(/^origin /)).toContain(`http://127.0.0.1:${port + 1}`);
    expect(await command.line(/^redis /)).toContain(`http://127.0.0.1:${port + 2} over `);

    /** The one command whose remark says so. */
    const suggested = (remark: string) => {
      const found = command.out.filter((it) => it.includes(remark));
      expect(found, remark).toHaveLength(1);
      return found[0]!;
    };
    const ours = suggested('class analytics: ');
    const [theirs, nobody] = [suggested('another tenant, its own data'), suggested('no token: 401')];
    const [write, change] = [suggested('a write through the edge'), suggested("behind the edge's back")];
    const [receipts, dead] = [suggested('what became of purges'), suggested('has given up')];
    const stats = suggested('what the origin had to do');

    for (const fault of command.out.filter((it) => it.includes('/faults '))) {
      const [, wanted] = / -d '(.*?)' /.exec(fault)!;
      expect(JSON.parse(await inShell(command, fault))).toEqual(JSON.parse(wanted!));
      expect(await inShell(command, fault.replace(wanted!, '{}'))).toBe('{}');
    }

    const miss = await inShell(command, ours);
    expect(statusOf(miss)).toBe(200);
    expect(miss).toMatch(/^Cache-Status: Stillfresh; fwd=uri-miss; stored/im);
    const hit = await inShell(command, ours);
    expect(hit).toMatch(/^Cache-Status: Stillfresh; hit/im);
    expect(hit).toContain('"tenant":"acme"');

    const other = await inShell(command, theirs);
    expect(statusOf(other)).toBe(200);
    expect(other).toContain('"tenant":"globex"');

    expect(statusOf(await inShell(command, nobody))).toBe(401);

    const written = await inShell(command, write);
    expect(statusOf(written)).toBe(200);
    expect(written).toContain('"amount_cents":4200');

    expect(statusOf(await inShell(command, change))).toBe(200);
    // Two of them come by webhook, a little later.
    await expect
      .poll(async () => JSON.parse(await inShell(command, receipts)), { timeout: 10_000 })
      .toMatchObject({ purges: [{}, {}, {}] });

    expect(command.out).toContain(`export STILLFRESH_URL=http://127.0.0.1:${port}`);
    const [purge = ''] = command.out.filter((it) => /^\s+npx stillfresh purge /.test(it));
    expect(purge).toMatch(/ --tenant acme --tag invoice:inv_0001 /);
    expect(await inShell(command, purge.replace('purge', 'purge --no-wait'))).toMatch(/^pur_[\w-]+\n$/);

    expect(JSON.parse(await inShell(command, dead))).toMatchObject({ messages: [] });

    expect(JSON.parse(await inShell(command, stats))).toMatchObject({
      requests: { 'GET /dashboards/:id/kpis': 2, 'PATCH /invoices/:id': 2 },
    });
  });

  it('a change at the origin is seen by the next read, because its webhook purged; the receipt says so', async () => {
    const port = await freePorts();
    const command = dev(['--port', String(port)]);
    await command.line(/^ready /);
    expect(await command.line(/^qstash /)).toContain(`http://127.0.0.1:${port + 3}, a stand-in`);
    const invoice = `http://127.0.0.1:${port}/v1/invoices/inv_0002`;
    const read = `curl -s -i -H "Authorization: Bearer $ACME" ${invoice}`;
    await inShell(command, read);
    expect(await inShell(command, read)).toMatch(/^Cache-Status: Stillfresh; hit/im);
    await inShell(
      command,
      `curl -s -X PATCH -H "X-Origin-Secret: $ORIGIN_SECRET" -H 'X-Tenant-Id: acme' -H 'X-User-Id: ann' -d '{"amount_cents":4711}' http://127.0.0.1:${port + 1}/invoices/inv_0002`,
    );
    await expect
      .poll(() => inShell(command, read), { interval: 50, timeout: 10_000 })
      .toMatch(/fwd=stale.*detail=purged.*"amount_cents":4711/is);
    const asked = `curl -s -H "Authorization: Bearer $ADMIN_TOKEN" 'http://127.0.0.1:${port}/-/purges?tenant=acme'`;
    expect(JSON.parse(await inShell(command, asked))).toMatchObject({
      purges: [
        {
          source: 'app',
          tags: ['invoice:inv_0002', 'invoices'],
          state: 'applied',
          event_id: expect.stringMatching(/^msg_/),
        },
      ],
    });
  });

  it('a purge by hand while QStash is away ends at once, because only the cron will verify it', async () => {
    const port = await freePorts();
    const command = dev(['--port', String(port)]);
    await command.line(/^ready /);
    await inShell(command, `curl -s -d '{"down":true}' "$QSTASH_URL/faults"`);
    const said = await inShell(command, 'npx stillfresh purge --tenant acme --tag invoice:inv_0001 2>&1');
    expect(said).toMatch(/^(pur_[\w-]+)\napplied.*; the queue did not take it, so that .*\n.*receipt \1\n$/);
    const receipt = await inShell(command, `npx stillfresh receipt ${said.split('\n')[0]}`);
    expect(receipt).toContain('how       at once, because the queue did not take it\n');
  });

  it('is told its secrets by the environment', async () => {
    const port = await freePorts();
    const env = {
      ADMIN_TOKEN: 'the-token-from-outside',
      HOOK_SECRET_GITHUB: 'the-secret-from-outside',
      QSTASH_CURRENT_SIGNING_KEY: 'sig_from_outside',
      QSTASH_NEXT_SIGNING_KEY: 'sig_next_from_outside',
      QSTASH_TOKEN: "the-queue's-token",
      QSTASH_RETRIES: '2',
    };
    const command = dev(['--port', String(port)], { env });
    await command.line(/^ready /);
    expect(command.out).toContain('export ADMIN_TOKEN=the-token-from-outside');
    expect(command.out).toContain('export HOOK_SECRET_GITHUB=the-secret-from-outside');
    expect(command.out).toContain(`export QSTASH_TOKEN='the-queue'\\''s-token'`);
    const body = '{"zen":"Keep it logically awesome."}';
    const signature = createHmac('sha256', env.HOOK_SECRET_GITHUB).update(body).digest('hex');
    const hook = `curl -s -X POST -H 'X-GitHub-Event: ping' -H 'X-Hub-Signature-256: sha256=${signature}' -d '${body}' http://127.0.0.1:${port}/hooks/github`;
    expect(JSON.parse(await inShell(command, hook))).toEqual({ ignored: 'type' });
    const purges = `curl -s -H 'Authorization: Bearer the-token-from-outside' http://127.0.0.1:${port}/-/purges`;
    expect(JSON.parse(await inShell(command, purges))).toEqual({ purges: [], cursor: null });
    await inShell(command, 'npx stillfresh purge --tenant acme --tag invoice:inv_0001 --no-wait');
    const logs = `curl -s -H "Authorization: Bearer $QSTASH_TOKEN" "$QSTASH_URL/v2/logs"`;
    const { logs: messages } = JSON.parse(await inShell(command, logs)) as { logs: object[] };
    expect(messages.length).toBeGreaterThan(0);
    for (const it of messages) expect(it).toMatchObject({ maxRetries: 2 });
  });

  it('a shell that has all that it printed starts it again, with its own stand-in of QStash', async () => {
    const port = await freePorts();
    const env = { QSTASH_URL: `http://127.0.0.1:${port + 3}`, QSTASH_TOKEN: 'a-token-printed-before' };
    const command = dev(['--port', String(port)], { env });
    await command.line(/^ready /);
    expect(await command.line(/^qstash /)).toContain(`${env.QSTASH_URL}, a stand-in`);
    expect(command.out).toContain('export QSTASH_TOKEN=a-token-printed-before');
  });

  it('what is not the stand-in is not printed', async () => {
    const port = await freePorts();
    const env = {
      QSTASH_URL: 'http://127.0.0.1:1',
      QSTASH_TOKEN: 'the-team-token',
      QSTASH_CURRENT_SIGNING_KEY: 'sig_from_outside',
      QSTASH_NEXT_SIGNING_KEY: 'sig_next_from_outside',
    };
    const command = dev(['--port', String(port)], { env });
    await command.line(/^ready /);
    expect(command.out.join('\n')).not.toMatch(/the-team-token|export QSTASH_|dlq/);
    expect(command.out.join('\n')).not.toContain(`:${port + 3}`);
  });

  it('QSTASH_URL without its token and keys: one line that names them', async () => {
    const port = await freePorts();
    const command = dev(['--port', String(port)], { env: { QSTASH_URL: 'https://qstash.test' } });
    expect((await command.ended).code).toBe(1);
    expect(command.said.at(-1)).toMatch(/^dev: QSTASH_URL is set: set QSTASH_TOKEN, .*, or unset it$/);
    await expectNothingLeft([], port);
  });

  it('the origin’s secret that it prints is the one that the origin wants', async () => {
    const port = await freePorts();
    const command = dev(['--port', String(port)]);
    await command.line(/^ready /);
    const asked = `curl -s -i -H "X-Origin-Secret: $ORIGIN_SECRET" -H 'X-Tenant-Id: acme' -H 'X-User-Id: ann' http://127.0.0.1:${port + 1}/permissions`;
    expect(statusOf(await inShell(command, asked))).toBe(200);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends all of it: no process is left, no port taken',
    async (signal) => {
      const port = await freePorts();
      const command = dev(['--port', String(port)]);
      await command.line(/^ready /);
      const started = descendantsOf(command.pid);
      expect(started.length, 'workerd, Redis, and its guardian').toBeGreaterThanOrEqual(3);
      process.kill(command.pid, signal);
      expect(await command.ended).toEqual({ code: 0, signal: null });
      await expectNothingLeft(started, port);
    },
  );

  it('Ctrl-C in a terminal reaches all of them at once, through npm too', async () => {
    const port = await freePorts();
    const command = run('npm', ['run', 'dev', '--', '--port', String(port)]);
    running.push(command);
    await command.line(/^ready /);
    const started = descendantsOf(command.pid);
    command.signalGroup('SIGINT');
    command.signalGroup('SIGINT'); // impatient
    await command.ended;
    await expectNothingLeft(started, port);
    expect(command.said.join('\n')).not.toMatch(/^\s+at .+:\d+/m);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s before it is ready ends it too', async (signal) => {
    for (const workerdRuns of [false, true]) {
      const port = await freePorts();
      const command = dev(['--port', String(port)]);
      await command.line(/starting the Worker/);
      const workerd = () => descendantsOf(command.pid).some((pid) => nameOf(pid) === 'workerd');
      if (workerdRuns) await expect.poll(workerd, { interval: 5, timeout: 10_000 }).toBe(true);
      const started = descendantsOf(command.pid);
      process.kill(command.pid, signal);
      await command.ended;
      await expectNothingLeft(started, port);
    }
  });
});

describe('npm run dev, what cannot be', () => {
  it.each([0, 1, 2, 3])('port N+%d in use: one line that names it, and exit code 1', async (offset) => {
    const port = await freePorts();
    const taken = await listenAt(port + offset);
    try {
      const command = dev(['--port', String(port)]);
      expect((await command.ended).code).toBe(1);
      expect(command.said).toEqual([
        `dev: port ${port + offset} is in use; end what runs there, or choose others: npm run dev -- --port N`,
      ]);
    } finally {
      await taken.close();
    }
    for (const at of [port, port + 1, port + 2, port + 3]) await (await listenAt(at)).close();
  });

  it('a port in use on all addresses counts too', async () => {
    const port = await freePorts();
    const taken = await listenAt(port + 1, '0.0.0.0');
    try {
      const command = dev(['--port', String(port)]);
      expect((await command.ended).code).toBe(1);
      expect(command.said).toHaveLength(1);
    } finally {
      await taken.close();
    }
  });

  it.each<[readonly string[], RegExp]>([
    [['--verbose'], /^dev: there is no flag --verbose$/],
    [['-x'], /^dev: there is no flag -x$/],
    [['start'], /^dev: start stands alone; .*npm run dev -- --port N$/],
    [['--port'], /^dev: --port has no value; give --port N$/],
    [['--port', '0'], /^dev: --port 0: give a whole number from 1 to 65531$/],
    [['--port', '-1'], /^dev: --port -1: if -1 is the value, write --port=-1; else give one$/],
    [['--port', '8787.5'], /give a whole number from 1 to 65531$/],
    [['--port', ''], /^dev: --port is empty; give --port N, or leave it out$/],
    [['--port', '99999'], /give a whole number from 1 to 65531$/],
    [['--store', 'postgres'], /^dev: --store postgres: give memory or redis$/],
    [['--store', ''], /^dev: --store is empty; give --store memory\|redis/],
    [['--store'], /^dev: --store has no value; give --store memory\|redis$/],
  ])('%j: one line, where to read on, and exit code 2', async (args, line) => {
    const command = dev(args);
    expect((await command.ended).code).toBe(2);
    expect(command.said).toEqual([expect.stringMatching(line), 'Try: npm run dev -- --help']);
  });

  it.each([
    ['HOOK_SECRET_APP', 'secret 1 is not standard base64', 'not-base64-but-long-enough'],
    ['HOOK_SECRET_APP', 'secret 1 is not standard base64 of 16 bytes', 'whsec_c2hvcnQ='],
    ['HOOK_SECRET_APP', 'secret 1 is not standard base64', 'whsec_Zm9ydHktdHdvIGJ5dGVzIG9mIGtleQ'], // not padded
    ['HOOK_SECRET_APP', 'secret 2 is not', 'Zm9ydHktdHdvIGJ5dGVzIG9mIGtleQ==, whsec_='],
    ['HOOK_SECRET_APP', 'it holds no secret', ' , '],
    ['ADMIN_TOKEN', 'it is not printable ASCII without spaces', 'a b'],
    ['ADMIN_TOKEN', 'it is not printable ASCII', 'clé'],
    ['ADMIN_TOKEN', 'it is not printable ASCII', 'a\nb'],
    ['ADMIN_TOKEN', 'it is longer than 512 characters', 'a'.repeat(513)],
  ])('%s: %s: one line, and exit code 1', async (name, why, value) => {
    const port = await freePorts();
    const command = dev(['--port', String(port), '--store', 'memory'], { env: { [name]: value } });
    expect((await command.ended).code).toBe(1);
    expect(command.said).toHaveLength(1);
    expect(command.said[0]).toContain(`${name}: ${why}`);
    expect(command.said[0]).toMatch(/; .*, or unset it$/);
    expect(command.said[0]).not.toContain(value);
    await expectNothingLeft([], port);
  });

  it.each([
    ['no URL', 'localhost', 'REDIS_URL is malformed'],
    ['of another kind', 'http://127.0.0.1:6379', 'REDIS_URL is malformed'],
    ['nobody there', 'redis://user:hidden-password@127.0.0.1:1', 'does not answer'],
  ])('REDIS_URL is %s: one line, without the password', async (_, REDIS_URL, why) => {
    const port = await freePorts();
    const command = dev(['--port', String(port), '--store', 'redis'], { env: { REDIS_URL } });
    expect((await command.ended).code).toBe(1);
    expect(command.said.at(-1)).toContain(why);
    expect(command.said.filter((it) => !it.startsWith('…'))).toHaveLength(1);
    expect(command.said.join('\n')).not.toContain('hidden-password');
    expect(descendantsOf(command.pid)).toEqual([]);
    await expectNothingLeft([], port);
  });

  it('--help says it all, and starts nothing', async () => {
    const command = dev(['--help', '--port', '1']);
    expect((await command.ended).code).toBe(0);
    const said = command.said.join('\n');
    for (const word of [
      '--port',
      '--store memory|redis',
      'REDIS_URL',
      'ORIGIN_URL',
      'QSTASH_RETRIES',
      'Ctrl-C',
    ])
      expect(said).toContain(word);
    expect(said).not.toContain('ready');
  });
});

describe('npm run dev, without Redis', () => {
  it('--store memory: the same, and no Redis is looked for or started', async () => {
    const port = await freePorts();
    const command = dev(['--port', String(port), '--store', 'memory'], {
      env: { REDIS_URL: 'redis://127.0.0.1:1' },
    });
    await command.line(/^ready /);
    expect(await command.line(/^redis /)).toContain('memory, as asked');
    const [ours = ''] = command.out.filter((it) => /^\s+curl /.test(it));
    expect(await inShell(command, ours)).toMatch(/^Cache-Status: Stillfresh; fwd=uri-miss; stored/im);
    expect(await inShell(command, ours)).toMatch(/^Cache-Status: Stillfresh; hit/im);
    const started = descendantsOf(command.pid);
    process.kill(command.pid, 'SIGINT');
    expect(await command.ended).toEqual({ code: 0, signal: null });
    await expectNothingLeft(started, port);
  });

  it('secrets that a shell would read otherwise are printed so that it does not', async () => {
    const port = await freePorts();
    const env = {
      ADMIN_TOKEN: "$HOME'`#&;",
      ORIGIN_SECRET: '"$$(true)" is not it'.replaceAll(' ', '\\'),
      HOOK_SECRET_APP: 'Zm9ydHktdHdvIGJ5dGVzIG9mIGtleQ==, whsec_Zm9ydHktdHdvIGJ5dGVzIG9mIGtleQ==',
    };
    const command = dev(['--port', String(port), '--store', 'memory'], { env });
    await command.line(/^ready /);
    const printed = await inShell(
      command,
      `printf '%s\\n' "$ADMIN_TOKEN" "$ORIGIN_SECRET" "$HOOK_SECRET_APP"`,
    );
    expect(printed.split('\n')).toEqual([...Object.values(env), '']);
    expect(await inShell(command, 'npx stillfresh purges 2>&1')).toBe('no purges\n');
  });

  /** A machine where no Redis can be had: none on `PATH`, no copy kept, and no `apt-get`. */
  function bareCheckout() {
    const copy = checkout();
    return { ...copy, env: { PATH: join(copy.cwd, 'nothing-here') } };
  }

  it('none can be had: it says so, says why, and goes on in memory', async () => {
    const bare = bareCheckout();
    try {
      const port = await freePorts();
      const command = dev(['--port', String(port)], bare);
      await command.line(/^ready /);
      const says = await command.line(/^redis /);
      expect(says).toMatch(
        /^redis +memory, because there is no Redis: REDIS_URL is not set; no redis-server on PATH; .*apt-get/,
      );
      const [ours = ''] = command.out.filter((it) => /^\s+curl /.test(it));
      expect(statusOf(await inShell(command, ours))).toBe(200);
      process.kill(command.pid, 'SIGTERM');
      expect((await command.ended).code).toBe(0);
    } finally {
      bare.remove();
    }
  });

  it('--store redis and none can be had: one line and exit code 1', async () => {
    const bare = bareCheckout();
    try {
      const port = await freePorts();
      const command = dev(['--port', String(port), '--store', 'redis'], bare);
      expect((await command.ended).code).toBe(1);
      expect(command.out.filter((it) => it.startsWith('ready '))).toEqual([]);
      const last = command.said.at(-1);
      expect(last).toMatch(
        /^dev: no Redis: REDIS_URL is not set; no redis-server on PATH; .*--store memory$/,
      );
      await expectNothingLeft([], port);
    } finally {
      bare.remove();
    }
  });
});
