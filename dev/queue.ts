import { startQStash } from './qstash/server.ts';
import { Refusal } from './refusal.ts';
import type { Settings } from './settings.ts';

export interface Queue {
  readonly bindings: Readonly<Record<string, string>>;
  /** Where it is, for people. */
  readonly says: string;
  /** What the stand-in answers to; null: the queue is one that the environment names. */
  readonly standIn: { readonly url: string; readonly token: string } | null;
}

export interface QueueOptions {
  /** Of the stand-in. */
  readonly port: number;
  readonly settings: Settings;
  /** What is going on, for people. */
  readonly say: (line: string) => void;
  readonly log: (line: string) => void;
}

/** QStash where the environment names one, else the stand-in. */
export async function startQueue(
  { port, settings, say, log }: QueueOptions,
  ending: (() => Promise<void>)[],
): Promise<Queue> {
  const { QSTASH_URL: given, QSTASH_TOKEN: shown } = settings;
  const [current, next] = [settings['QSTASH_CURRENT_SIGNING_KEY'], settings['QSTASH_NEXT_SIGNING_KEY']];
  const bindings = (url: string, token: string, keys: { current: string; next: string }) => ({
    QSTASH_URL: url,
    QSTASH_TOKEN: token,
    QSTASH_CURRENT_SIGNING_KEY: keys.current,
    QSTASH_NEXT_SIGNING_KEY: keys.next,
  });
  if (!current !== !next)
    throw new Refusal(
      `QSTASH_${current ? 'CURRENT' : 'NEXT'}_SIGNING_KEY is set: set QSTASH_${current ? 'NEXT' : 'CURRENT'}_SIGNING_KEY too, or unset it`,
    );
  // What a stack prints to be pasted has no keys: it may be this one's, or another's at another port.
  const isLeftOver = given && isLoopback(given) && !current;
  if (isLeftOver && given !== `http://127.0.0.1:${port}`)
    say(
      `QSTASH_URL is ${given}, without signing keys: it is taken for what another stack has printed, and not used; set both keys to use it`,
    );
  if (given && !isLeftOver) {
    if (!shown || !current || !next)
      throw new Refusal(
        'QSTASH_URL is set: set QSTASH_TOKEN, QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY too, or unset it',
      );
    return { bindings: bindings(given, shown, { current, next }), says: given, standIn: null };
  }
  const qstash = await startQStash({
    port,
    ...(shown && { token: shown }),
    ...(current && next && { signingKeys: { current, next } }),
    log: (line) => log(`qstash: ${line}`),
  });
  ending.push(() => qstash.close());
  const { url, token, signingKeys } = qstash;
  return {
    bindings: bindings(url, token, signingKeys),
    says: `${url}, a stand-in of QStash`,
    standIn: { url, token },
  };
}

const isLoopback = (url: string) =>
  /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(URL.parse(url)?.hostname ?? '');
