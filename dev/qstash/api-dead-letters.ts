import { messages } from './api-messages.ts';
import type { QStashClock } from './clock.ts';
import type { Courier } from './courier.ts';
import { type Listing, pageOf, through } from './listing.ts';
import { newMessageId } from './message.ts';
import type { DeadLetter, Records } from './records.ts';
import { Refused } from './refused.ts';
import { type Route, route } from './route.ts';
import { deadLetterView } from './views.ts';

/** The dead letter queue. */
export function deadLetterRoutes({ deadLetters }: Records, courier: Courier, clock: QStashClock): Route[] {
  return [
    route('GET /v2/dlq', ({ query }) => {
      const { items, ...rest } = pageOf(deadLetters.items, query, listing);
      return { status: 200, body: { messages: items.map(deadLetterView), ...rest } };
    }),
    route('GET /v2/dlq/:id', (_, id) => ({ status: 200, body: deadLetterView(find(id)) })),
    route('DELETE /v2/dlq/:id', (_, id) => {
      deadLetters.remove(find(id));
      return { status: 200, body: { deleted: 1 } };
    }),
    route('DELETE /v2/dlq', ({ query }) => {
      const { items, ...rest } = pageOf(deadLetters.items, query, listing);
      for (const letter of items) deadLetters.remove(letter);
      return { status: 200, body: { deleted: items.length, ...rest } };
    }),
    route('POST /v2/dlq/retry/:id', (_, id) => ({ status: 201, body: republish(find(id)) })),
    route('POST /v2/dlq/retry', ({ query }) => {
      for (const id of query.getAll('dlqIds').flatMap((ids) => ids.split(','))) find(id);
      const { items, ...rest } = pageOf(deadLetters.items, query, listing);
      return { status: 201, body: { responses: items.map(republish), ...rest } };
    }),
  ];

  function find(id: string): DeadLetter {
    const found = deadLetters.items.find(({ dlqId }) => dlqId === id);
    if (!found) throw new Refused(404, `dead letter ${id} not found`);
    return found;
  }

  /** As a new message, at once. */
  function republish(letter: DeadLetter) {
    const now = clock.now();
    const message = { ...letter.message, id: newMessageId(), createdAt: now, notBefore: now };
    deadLetters.remove(letter);
    courier.accept(message);
    return { messageId: message.id };
  }
}

const listing: Listing<DeadLetter> = {
  timeOf: ({ time }) => time,
  facets: {
    ...through(({ message }: DeadLetter) => message, messages.facets),
    dlqIds: ({ dlqId }) => [dlqId],
    responseStatus: ({ outcome }) => [String(outcome.status)],
  },
};
