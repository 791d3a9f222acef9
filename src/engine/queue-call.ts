import type { Publication } from '../queue/port.ts';
import type { Context } from './context.ts';

/** Every message to the queue goes through here. False where there is no queue, or it did not take them; the notes say so. */
export async function publish(
  { isolate, notes }: Pick<Context, 'isolate' | 'notes'>,
  publications: readonly Publication[],
): Promise<boolean> {
  if (!isolate.queue) return false;
  try {
    await isolate.queue.publish(publications);
    return true;
  } catch {
    notes.events.add('queue-failed');
    return false;
  }
}
