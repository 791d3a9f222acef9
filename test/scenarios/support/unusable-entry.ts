import * as z from 'zod';
import { cached, dataClass, defineStrategy, edge, httpCache, path, worker } from '../../../src/index.ts';

/** Both front ends before one origin. */
const doc = dataClass({
  name: 'doc',
  version: 1,
  scope: 'public',
  key: '{id}',
  params: z.object({ id: z.string() }),
  access: 'public',
  read: 'read-through',
  origin: '/{id}',
  tags: ['doc:{id}'],
  ttl: '10m',
  cacheControl: 'no-cache',
  rationale: 'for a test',
});

const app = edge(defineStrategy({ classes: [doc] }));
app.get('/doc/:id', cached(doc, { params: { id: path('id') } }));
app.all('/http/*', httpCache());

export default worker(app);
