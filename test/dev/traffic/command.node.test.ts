import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Command, freePorts, root, run } from '../dev-command.ts';

const node = join(root, 'node_modules/.bin/node');
let [port, stack]: [number, Command] = [0, undefined as unknown as Command];
const traffic = (...args: readonly string[]) => run(node, ['dev/traffic/main.ts', ...args]);
const fileOf = () => join(root, `node_modules/.cache/stillfresh/dev-${port}.json`);

/** The real stack on this machine, with its entries in memory. */
beforeAll(async () => {
  port = await freePorts();
  stack = run(node, ['dev/main.ts', '--store', 'memory', '--port', String(port)]);
  await stack.line(/^ready /);
});

afterAll(async () => {
  stack.signalGroup('SIGTERM');
  await stack.ended;
});

describe('npm run demo:traffic, at the real stack', () => {
  it('finds it by its port, uses what opens it, and leaves no fault behind', async () => {
    const flags = ['--minutes', '0.1', '--rate', '60', '--seed', '1', '--faults', 'origin', '--json'];
    const command = traffic('--port', String(port), ...flags);
    expect(await command.ended).toMatchObject({ code: 0 });
    expect(command.said).toHaveLength(1);
    const summary = JSON.parse(command.out[0]!);
    expect(summary).toMatchObject({ seed: 1, console: `http://127.0.0.1:${port}/-/console` });
    for (const outcome of ['hit', 'miss', 'bypass', 'refused'])
      expect(summary.by_outcome[outcome], outcome).toBeGreaterThan(0);
    for (const name of ['writes', 'changes', 'purges', 'not_modified'])
      expect(summary[name], name).toBeGreaterThan(0);
    expect(summary.faults).toMatchObject([{ kind: 'origin' }]);
    expect(await (await fetch(`http://127.0.0.1:${port + 1}/faults`)).json()).toEqual({});
  });

  it('Ctrl-C ends it with its summary', async () => {
    const command = traffic('--url', `http://localhost:${port}`, '--faults', 'slow');
    await command.line(/^to http:\/\/localhost:/);
    command.signalGroup('SIGINT');
    command.signalGroup('SIGINT'); // as npm hands it on
    expect(await command.ended).toEqual({ code: 0, signal: null });
    expect(command.out[0]).toMatch(/^\d+ requests in 0:0\d, seed \d+; hit rate /);
  });

  it('refuses a fault that has no place there, before anything is sent', async () => {
    const command = traffic('--port', String(port), '--faults', 'redis');
    expect(await command.ended).toMatchObject({ code: 1 });
    expect(command.said).toEqual([
      'demo:traffic: --faults redis: this stack has no Redis of its own to spoil',
    ]);
  });

  it('says where a stack runs that it did not find', async () => {
    const command = traffic('--port', String(await freePorts()));
    expect(await command.ended).toMatchObject({ code: 1 });
    expect(command.said[0]).toMatch(
      /^demo:traffic: nothing answers at http:\/\/127\.0\.0\.1:\d+\/-\/health; --port \d+, where one runs$/,
    );
  });

  it('what opens the stack is for this user alone', () => {
    expect(statSync(fileOf()).mode & 0o777).toBe(0o600);
  });
});

describe('npm run dev', () => {
  it('says where the console is, and what logs in there', () => {
    expect(stack.out).toContain(
      `console  http://127.0.0.1:${port}/-/console, where the ADMIN_TOKEN below logs in`,
    );
    expect(stack.out.some((it) => /^export ADMIN_TOKEN=./.test(it))).toBe(true);
    expect(stack.out.join('\n')).toContain(`  npm run demo:traffic -- --url http://127.0.0.1:${port} `);
  });

  it('takes away what it handed over when it ends', async () => {
    const other = await freePorts();
    const command = run(node, ['dev/main.ts', '--store', 'memory', '--port', String(other)]);
    await command.line(/^ready /);
    const file = fileOf().replace(`dev-${port}`, `dev-${other}`);
    expect(statSync(file).isFile()).toBe(true);
    command.signalGroup('SIGINT');
    await command.ended;
    expect(() => statSync(file)).toThrow('ENOENT');
  });
});
