import * as z from 'zod';
import { cached, dataClass, defineStrategy, edge, path, worker } from '../../../src/index.ts';

/** A Worker whose trace is streamed to itself, as the platform's own collector would have it. */
const doc = dataClass({
  name: 'doc',
  version: 1,
  scope: 'public',
  access: 'public',
  key: '{id}',
  params: z.object({ id: z.string() }),
  tags: ['doc:{id}'],
  read: 'read-through',
  origin: '/docs/{id}',
  ttl: '10m',
  cacheControl: 'no-store',
  rationale: 'traced',
});
const app = edge(defineStrategy({ classes: [doc] }));
app.get('/docs/:id', cached(doc, { params: { id: path('id') } }));

/** Not what it logs, which would come again as what this has logged. */
function tell({ event, spanContext }: TailStream.TailEvent<TailStream.EventType>): void {
  if (event.type === 'log') return;
  const told = { traced: event, spanContext };
  // Figures of the platform's own spans are no numbers.
  console.log(JSON.stringify(told, (_, value) => (typeof value === 'bigint' ? Number(value) : value)));
}

export default {
  ...worker(app),
  tailStream: (onset: TailStream.TailEvent<TailStream.Onset>) => (onset.event.info ? tell : undefined),
};
