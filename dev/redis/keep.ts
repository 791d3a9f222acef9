import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Program } from './run.ts';
import { type RunningRedis, startServer } from './server.ts';

/** Before our own Redis is started again, and another's connection is tried again. */
const AGAIN_MS = 1_000;

type Say = (line: string) => void;

/** Redis of our own: where it dies, that is said, and it is started again at the same port, empty. Stops with what is running then. */
export function keepAlive(program: Program, first: RunningRedis, say: Say): () => Promise<void> {
  let running = first;
  let isToldOf = '';
  const stopping = new AbortController();
  const watched = watch();

  async function watch(): Promise<void> {
    for (;;) {
      await running.ended;
      if (stopping.signal.aborted) return;
      await running.stop(); // its folder
      say(`Redis has ended; a new one is started at port ${first.port}, empty`);
      while (!(await startAgain())) {
        if (stopping.signal.aborted) return;
      }
    }
  }

  async function startAgain(): Promise<boolean> {
    try {
      await setTimeout(AGAIN_MS, undefined, { signal: stopping.signal });
      running = await startServer(program, { port: first.port });
      say('Redis is back');
      isToldOf = '';
      return true;
    } catch (error) {
      const { message } = error as Error;
      // Each second the same, perhaps for hours.
      if (!stopping.signal.aborted && message !== isToldOf) say(`Redis does not start again: ${message}`);
      isToldOf = message;
      return false;
    }
  }

  return async () => {
    stopping.abort();
    await running.stop();
    await watched;
    await running.stop(); // one that was being started just then
  };
}

/** Redis of somebody else: that it has gone is said, and that it is back. */
export function tellOfLoss(url: string, describe: string, say: Say): () => Promise<void> {
  let isGone = false;
  const redis = new Redis(url, {
    retryStrategy: () => AGAIN_MS,
    enableOfflineQueue: false,
    disableClientInfo: true,
  });
  redis.on('error', () => {}); // its closing is what counts
  redis.on('close', () => {
    if (!isGone) say(`${describe} has gone; answers come from the origin until it is back`);
    isGone = true;
  });
  redis.on('ready', () => {
    if (isGone) say(`${describe} is back`);
    isGone = false;
  });
  return async () => {
    redis.removeAllListeners('close');
    redis.disconnect();
  };
}
