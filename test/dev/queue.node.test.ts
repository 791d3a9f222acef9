import { describe, expect, it, onTestFinished } from 'vitest';
import { startQueue } from '../../dev/queue.ts';
import type { Settings } from '../../dev/settings.ts';
import { freePorts } from './dev-command.ts';

const keys = { QSTASH_CURRENT_SIGNING_KEY: 'sig_current', QSTASH_NEXT_SIGNING_KEY: 'sig_next' };

async function queueFor(settings: Settings) {
  const [ending, said]: [(() => Promise<void>)[], string[]] = [[], []];
  onTestFinished(async () => {
    for (const end of ending) await end();
  });
  const port = await freePorts();
  const given = { ...settings, QSTASH_URL: settings['QSTASH_URL']?.replace('OWN', String(port)) };
  const say = (line: string) => void said.push(line);
  const queue = await startQueue({ port, settings: given, say, log: () => {} }, ending);
  return { ...queue, said, own: `http://127.0.0.1:${port}` };
}

describe('the queue of a stack', () => {
  it.each<[string, Settings, RegExp]>([
    [
      'CURRENT',
      { QSTASH_CURRENT_SIGNING_KEY: 'sig' },
      /^QSTASH_CURRENT_.*: set QSTASH_NEXT_SIGNING_KEY too, or/,
    ],
    ['NEXT', { QSTASH_NEXT_SIGNING_KEY: 'sig' }, /^QSTASH_NEXT_.*: set QSTASH_CURRENT_SIGNING_KEY too, or/],
    [
      'NEXT beside a URL',
      { QSTASH_URL: 'https://qstash.test', QSTASH_TOKEN: 't', QSTASH_NEXT_SIGNING_KEY: 'sig' },
      /^QSTASH_NEXT_.*: set QSTASH_CURRENT_SIGNING_KEY too/,
    ],
    [
      'no key beside a URL elsewhere',
      { QSTASH_URL: 'https://qstash.test', QSTASH_TOKEN: 't' },
      /^QSTASH_URL is set/,
    ],
  ])('a signing key alone is refused, naming the other: %s', async (_, settings, says) => {
    await expect(queueFor(settings)).rejects.toThrow(says);
  });

  it.each(['http://127.0.0.1:1', 'http://localhost:1', 'http://[::1]:1/'])(
    'what another stack has printed, %s, is said, and this one has a stand-in of its own',
    async (url) => {
      const { standIn, said, own } = await queueFor({ QSTASH_URL: url, QSTASH_TOKEN: 'left-over' });
      expect(standIn).toEqual({ url: own, token: 'left-over' });
      expect(said).toEqual([expect.stringContaining(`QSTASH_URL is ${url}, without signing keys`)]);
    },
  );

  it('what it has printed itself is nothing to speak of', async () => {
    const { standIn, said, own } = await queueFor({ QSTASH_URL: 'http://127.0.0.1:OWN' });
    expect([standIn?.url, said]).toEqual([own, []]);
  });

  it('a queue with its keys is used, on this machine too', async () => {
    const settings = { QSTASH_URL: 'http://127.0.0.1:1', QSTASH_TOKEN: 't', ...keys };
    expect(await queueFor(settings)).toMatchObject({ standIn: null, bindings: settings });
  });
});
