import * as z from 'zod';
import { cached, dataClass, defineStrategy, edge, path, worker } from '../../../src/index.ts';
import { settled, watched } from './background.ts';

/** One class that is off, and two in the shadow: one where nobody fills, and one where everybody may. Deadlines and clock are those that are deployed. */
const id = z.string().regex(/^[a-z0-9-]+$/);
const common = {
  version: 1,
  scope: 'tenant',
  key: '{id}',
  params: z.object({ id }),
  access: 'tenant',
  read: 'read-through',
  ttl: '10m',
  rationale: 'looked at beside the origin',
} as const;
const classes = [
  dataClass({ ...common, name: 'off', origin: '/docs/{id}', rollout: { mode: 'off' } }),
  dataClass({
    ...common,
    name: 'compares',
    origin: '/docs/{id}',
    rollout: { mode: 'shadow', shadowFills: '0%' },
  }),
  dataClass({
    ...common,
    name: 'fills',
    origin: '/docs/{id}',
    rollout: { mode: 'shadow', shadowFills: '100%' },
  }),
];
const app = edge(defineStrategy({ classes }));
for (const cls of classes) app.get(`/${cls.name}/:id`, cached(cls, { params: { id: path('id') } }));
const made = worker(app);

export default {
  async fetch(request: Request, env: Record<string, unknown>, ctx: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname !== '/__settled') return made.fetch(request, env, watched(ctx));
    await settled();
    return new Response(null, { status: 204 });
  },
};
