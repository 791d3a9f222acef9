import type { Courier } from './courier.ts';
import { filterOf, type Listing } from './listing.ts';
import type { Message } from './message.ts';
import type { Publishing } from './publishing.ts';
import { Refused } from './refused.ts';
import { type ApiRequest, type Route, route } from './route.ts';
import { messageView } from './views.ts';

/** Publishing, and what is on its way. */
export function messageRoutes(publishing: Publishing, courier: Courier): Route[] {
  return [
    route('POST /v2/publish/*', (request, destination) => publish(request, destination)),
    route('POST /v2/enqueue/:queue/*', (request, queue, destination) => publish(request, destination, queue)),
    route('POST /v2/batch', ({ body, callerIp }) => ({
      status: 200,
      body: publishing.batch(body, callerIp),
    })),
    route('GET /v2/messages/:id', (_, id) => {
      const letter = courier.pending.get(id);
      if (!letter) throw noMessage(id);
      return { status: 200, body: messageView(letter.message) };
    }),
    route('DELETE /v2/messages/:id', (_, id) => {
      if (!courier.cancel(id)) throw noMessage(id);
      return { status: 202, body: { cancelled: 1 } };
    }),
    route('DELETE /v2/messages', ({ query }) => {
      const matches = filterOf(query, messages);
      const chosen = [...courier.pending.values()].filter(({ message }) => matches(message));
      const cancelled = chosen.filter(({ message }) => courier.cancel(message.id)).length;
      return { status: 202, body: { cancelled } };
    }),
  ];

  function publish({ headers, body, callerIp }: ApiRequest, destination: string, queue?: string) {
    const published = publishing.one({ destination, headers, body, queue, callerIp });
    return { status: published.deduplicated ? 202 : 200, body: published };
  }
}

/** URL groups and schedules are none here, so nothing ever matches one. */
export const messages: Listing<Omit<Message, 'body'>> = {
  timeOf: ({ createdAt }) => createdAt,
  facets: {
    messageId: ({ id }) => [id],
    messageIds: ({ id }) => [id],
    url: ({ url }) => [url],
    host: ({ url }) => [new URL(url).host],
    path: ({ url }) => [new URL(url).pathname],
    label: ({ labels }) => labels,
    flowControlKey: ({ flow }) => (flow ? [flow.key] : []),
    queueName: ({ queue }) => (queue ? [queue] : []),
    callerIp: ({ callerIp }) => [callerIp],
    topicName: () => [],
    scheduleId: () => [],
  },
};

const noMessage = (id: string) => new Refused(404, `message ${id} not found`);
