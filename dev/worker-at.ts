import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { RunningEdge } from './edge.ts';
import { Refusal } from './refusal.ts';

/** Asked beforehand, so that the answer is one line and nothing is half started. */
export function mustBeFree(port: number, instead = 'choose others: npm run dev -- --port N'): Promise<void> {
  return new Promise((free, taken) => {
    const probe = createServer();
    probe.once('error', ({ code }: NodeJS.ErrnoException) =>
      taken(
        new Refusal(
          code === 'EACCES'
            ? `port ${port} may not be listened at by this user; ${instead}`
            : `port ${port} is in use; end what runs there, or ${instead}`,
        ),
      ),
    );
    probe.listen(port, '127.0.0.1', () => probe.close(() => free()));
  });
}

/** `ready` means that it answers; a setting from the environment may be one that it refuses. */
export async function mustAnswer(url: string, logged: Promise<void>): Promise<void> {
  const { status } = await fetch(`${url}/-/health`);
  if (status === 200) return;
  await Promise.race([logged, setTimeout(1000)]); // a log line takes a way of its own
  throw new Refusal(`the Worker answers ${status} to /-/health; the line that it logged above says why`);
}

/** A log without the line of the request by which `mustAnswer` sees that all is well: nobody else asks before it. */
export function withoutOwnLook(log: (line: string) => void): (line: string) => void {
  let first = true;
  return (line) => {
    const isOwn = first && line.includes('"path":"/-/health"') && line.includes('"level":"info"');
    first = false;
    if (!isOwn) log(line);
  };
}

/**
 * Triggers never fire by themselves here. More often than each minute, as wrangler.toml says, so that what happens is seen within half a
 * minute: an isolate tells what it counted after 20 s.
 */
const CRON_MS = 10_000;

export function runCron(edge: RunningEdge): () => Promise<void> {
  // One that meets a reload or the end is lost, as one in production may be.
  const timer = setInterval(() => void edge.scheduled().catch(() => {}), CRON_MS);
  return async () => clearInterval(timer);
}
