import { afterEach, expect, test, vi } from 'vitest';
import { createUpstashStore } from '../../src/store/upstash.ts';

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
