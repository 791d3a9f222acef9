import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { askFor } from '../../../cli/init/ask.ts';
import { helpDesk } from './answers.ts';

const ENTER = '\r';
const DOWN = '\u001b[B';
const SPACE = ' ';
const CTRL_C = '\u0003';
const CLEAR = '\u0015';

/** A person at a terminal: waits for each question, and types what is to be typed. */
function person(script: readonly (readonly [question: RegExp, ...keys: string[]])[]) {
  const input = new PassThrough();
  const output = new PassThrough();
  let shown = '';
  let next = 0;
  let typing: Promise<void> = Promise.resolve();
  output.on('data', (chunk: Buffer) => {
    shown += stripVTControlCharacters(chunk.toString());
    const step = script[next];
    if (!step?.[0].test(shown)) return;
    next++;
    shown = '';
    const [, ...keys] = step;
    // As fingers do: one key, and what it leads to, before the next.
    typing = typing.then(async () => {
      for (const key of keys) {
        await new Promise(setImmediate);
        input.write(key);
      }
    });
  });
  return { terminal: { input, output }, seen: () => shown };
}

describe('asked one after the other', () => {
  test('a person answers ten questions', async () => {
    const { terminal } = person([
      [/called\?/, 'Deskline', ENTER],
      [/for whom\?/, 'A help desk', ENTER],
      [/built of/, 'Rails', ENTER],
      [/could be cached\?/, 'tickets, permissions', ENTER],
      [/tickets: who may read it\?/, ENTER],
      [/tickets: where is it read\?/, '/:ticket_id', ENTER],
      [/tickets: how old/, CLEAR, '10m', ENTER],
      [/tickets: is it changed/, 'y'],
      [/permissions: who may read it\?/, DOWN, ENTER],
      [/permissions: where is it read\?/, ENTER],
      [/permissions: how old/, ENTER],
      [/permissions: is it changed/, 'n'],
      [/traffic/, '2 million a day', ENTER],
      [/How fresh/, 'minutes', ENTER],
      [/is down\?/, 'reading goes on', ENTER],
      [/hurts/, 'reports', ENTER],
      [/told apart\?/, 'by the token', ENTER],
      [/the tenant\?/, CLEAR, 'org_id', ENTER],
      [/the user\?/, ENTER],
      [/the roles\?/, ENTER],
      [/Who runs it/, 'two of us', ENTER],
      [/Whose webhooks/, SPACE, DOWN, SPACE, ENTER],
    ]);
    expect(await askFor({}, terminal)).toMatchObject({
      name: 'Deskline',
      data: [
        { name: 'tickets', who: 'tenant', path: '/v1/tickets/:ticket_id', ttl: '10m', written: true },
        { name: 'permissions', who: 'user', path: '/v1/permissions', ttl: '5m', written: false },
      ],
      tenancy: { says: 'by the token', tenant: 'org_id', user: 'sub', roles: 'roles' },
      operations: {
        says: 'two of us',
        webhooks: [
          { name: 'app', scheme: 'standard' },
          { name: 'stripe', scheme: 'stripe' },
        ],
      },
    });
  });

  test('what is known already is not asked', async () => {
    const { name, ...known } = helpDesk;
    const { terminal } = person([[/called\?/, 'Other', ENTER]]);
    const { name: found, purpose } = await askFor(known, terminal);
    expect([name, found, purpose]).toEqual(['Deskline', 'Other', helpDesk.purpose]);
  });

  test('an answer that cannot be used is asked again, with the mend', async () => {
    const { name, ...known } = helpDesk;
    const { terminal } = person([
      [/called\?/, ENTER],
      [/some words, please/, name, ENTER],
    ]);
    expect((await askFor(known, terminal)).name).toBe('Deskline');
  });

  test('Ctrl-C ends it, and nothing is written', async () => {
    const { terminal } = person([[/called\?/, CTRL_C]]);
    await expect(askFor({}, terminal)).rejects.toMatchObject({
      message: 'ended by Ctrl-C; nothing was written',
      exitCode: 130,
    });
  });
});
