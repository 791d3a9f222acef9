import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromBackend, Ready } from './backend.ts';
import { bodyOf, type Size, sizes } from './body.ts';

/** The process of `backend.ts`. */
export interface Backend {
  readonly ready: Ready;
  /** What the gateway got since it was asked last. */
  counts(): Promise<{ requests: number; commands: number }>;
  stop(): Promise<void>;
}

export async function startBackend(): Promise<Backend> {
  const child = fork(fileURLToPath(new URL('./backend.ts', import.meta.url)), {
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    if (child.connected) child.send('stop');
    await ended;
  };
  const heard = async () => (await once(child, 'message'))[0] as FromBackend;
  try {
    const first = await heard();
    if (!('ready' in first)) throw new Error('failed' in first ? first.failed : 'the backend does not start');
    await store(first.ready);
    const counts = async () => {
      child.send('counts');
      const said = await heard();
      return 'counts' in said ? said.counts : { requests: 0, commands: 0 };
    };
    return { ready: first.ready, counts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the hand-written Worker reads: bodies as they are. */
async function store({ gateway }: Ready): Promise<void> {
  for (const size of Object.keys(sizes) as Size[]) {
    const command = ['SET', `document:${size}:d1`, bodyOf(sizes[size]), 'EX', '3600'];
    const headers = { Authorization: `Bearer ${gateway.token}` };
    const { status } = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify(command) });
    if (status !== 200) throw new Error(`the gateway does not store: status ${status}`);
  }
}
