import { afterEach, expect, test, vi } from 'vitest';
import { Names } from '../../src/store/names.ts';
import { createUpstashStore } from '../../src/store/upstash.ts';
import { purgeAsk } from '../support/purge.ts';

afterEach(() => vi.unstubAllGlobals());

/** The script as it reaches a database at this address, which never has it in its cache. */
async function scriptSentTo(url: string): Promise<{ source: string; hash: string }> {
  const commands: string[][] = [];
  vi.stubGlobal('fetch', async (_url: string, { body }: { body: string }) => {
    const command = JSON.parse(body) as string[];
    commands.push(command);
    if (command[0] === 'evalsha') return Response.json({ error: 'NOSCRIPT none' }, { status: 400 });
    return Response.json({ result: 1 });
  });
  const store = createUpstashStore({ url, token: 'token', readMs: 20_000, writeMs: 20_000 });
  await store.release({ lock: 'lock', token: 'one', directMs: 0 });
  return { hash: commands[0]![1]!, source: commands[1]![1]! };
}

test('Upstash itself may run the scripts side by side; Redis, which refuses the flag, does not see it', async () => {
  const upstash = await scriptSentTo('https://eu1-sharp-1.upstash.io');
  const other = await scriptSentTo('https://redis.example');
  expect(upstash.source).toBe(`#!lua flags=allow-key-locking${other.source}`);
  expect(other.source).not.toContain('#!');
});

test('A script is called by the SHA-1 of exactly what would be sent', async () => {
  const { source, hash } = await scriptSentTo('https://eu1-sharp-1.upstash.io');
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(source));
  expect(hash).toBe(new Uint8Array(digest).toHex());
});

/** A full database, whose deletion is answered so. */
async function purgedBy(deletion: object) {
  vi.stubGlobal('fetch', async (url: string, { body }: { body: string }) => {
    const commands = JSON.parse(body) as unknown[];
    if (!url.endsWith('/pipeline')) return Response.json({ error: 'OOM no room' }, { status: 400 });
    return Response.json(
      commands.map((_, i) => (i === commands.length - 1 ? deletion : { error: 'ERR no such key' })),
    );
  });
  const store = createUpstashStore({
    url: 'https://redis.example',
    token: 'token',
    readMs: 20_000,
    writeMs: 20_000,
  });
  return store.purge(await purgeAsk(new Names(''), 0, { tenant: 'acme', tags: ['a'], mode: 'hard' }));
}

test.each<[reply: object, kind: string, code: string | null]>([
  [{ error: "NOPERM this user has no permissions to run the 'del' command" }, 'refused', 'NOPERM'],
  [{ error: 'READONLY a replica' }, 'refused', 'READONLY'],
  [{ error: 'ERR acme' }, 'refused', null],
  [{ error: 'OOM no room' }, 'no-room', 'OOM'],
  [{ result: 'OK' }, 'garbage', null],
  [{}, 'garbage', null],
])('A deletion that is answered %j is %s: %j', async (reply, kind, code) => {
  await expect(purgedBy(reply)).rejects.toMatchObject({ name: 'StoreError', kind, code });
});

test('A deletion counts, whatever became of the names before it', async () => {
  expect(await purgedBy({ result: 0 })).toEqual({ applied: 'deleted', stored: null });
});
