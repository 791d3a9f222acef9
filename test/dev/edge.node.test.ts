import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startEdge } from '../../dev/edge.ts';
import { WorkerError } from '../../dev/workerd.ts';
import { freePorts, root, run } from './dev-command.ts';

const saying = (text: string) => `export default { fetch: () => new Response(${JSON.stringify(text)}) };`;

test('an edit takes the place of what runs; one that does not start leaves it running', async () => {
  const edge = await startEdge({ script: saying('one'), bindings: {} });
  const says = async () => (await fetch(edge.url)).text();
  try {
    await edge.replace(saying('two'));
    expect(await says()).toBe('two');
    await expect(edge.replace(`throw new Error('the strategy is not valid');`)).rejects.toThrow(WorkerError);
    expect(await says()).toBe('two');
    await edge.replace(saying('three'));
    expect(await says()).toBe('three');
  } finally {
    await edge.stop();
  }
});

test('one that loops outside of functions is told within its time, and what runs goes on', async () => {
  const edge = await startEdge({ script: saying('one'), bindings: {}, startMs: 1_500 });
  const loops = `for (;;) {}\n${saying('never')}`;
  try {
    await expect(edge.replace(loops)).rejects.toThrow(/^the Worker does not start within 1.5 s; does a loop/);
    await edge.replace(saying('two'));
    expect(await (await fetch(edge.url)).text()).toBe('two');
  } finally {
    await edge.stop();
  }
  await expect(startEdge({ script: loops, bindings: {}, startMs: 1_500 })).rejects.toThrow(WorkerError);
});

test('npm run dev is not ready with a setting that the Worker refuses: it says which, and ends with 1', async () => {
  const args = ['dev/main.ts', '--store', 'memory', '--port', String(await freePorts())];
  const command = run(join(root, 'node_modules/.bin/node'), args, { env: { ORIGIN_SECRET: 'short' } });
  expect((await command.ended).code).toBe(1);
  expect(command.said.join('\n')).toContain(
    'settings  ! ORIGIN_SECRET must have at least 16 characters; set it in the environment or in .dev.vars',
  );
  expect(command.said.join('\n')).toContain('the Worker answers 503 to /-/health');
  expect(command.said.some((line) => line.startsWith('ready'))).toBe(false);
});
