import * as z from 'zod';
import { bounds } from '../../../src/bounds.ts';
import { realPlatform } from '../../../src/edge/isolate.ts';
import {
  cached,
  dataClass,
  defineStrategy,
  edge,
  httpCache,
  path,
  worker,
  written,
} from '../../../src/index.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import { Names } from '../../../src/store/names.ts';
import { purgeAsk } from '../../support/purge.ts';
import { settled, watched } from './background.ts';

/**
 * The Worker of the race scenarios: one small class for each thing that can race, a clock that a test can advance,
 * and, with the memory store, three edges over one store, which are three isolates in all that matters: each has its
 * own L1, flights and epoch.
 */
let aheadMs = 0;
const clock = { ...realPlatform.clock, now: () => Date.now() + aheadMs };

const id = z.string().regex(/^[a-z0-9-]+$/);
const common = {
  version: 1,
  scope: 'tenant',
  key: '{id}',
  params: z.object({ id }),
  access: 'tenant',
  read: 'read-through',
  ttl: '10m',
  rationale: 'raced',
  // A comparison asks by itself, by chance.
  rollout: { compareHits: '0%' },
} as const;

const doc = dataClass({
  ...common,
  name: 'doc',
  tags: ['doc:{id}'],
  origin: '/docs/{id}',
  writeThrough: 'store',
});
const swr = dataClass({
  ...common,
  name: 'swr',
  tags: ['swr:{id}'],
  origin: '/swr/{id}',
  ttl: '10s',
  staleWhileRevalidate: '1h',
});
const named = dataClass({ ...common, name: 'named', tagsFromAnswer: true, origin: '/named/{id}' });
const strict = dataClass({
  ...common,
  name: 'strict',
  tags: ['strict:{id}'],
  origin: '/strict/{id}',
  consistency: 'strict',
});

/** Answered from an isolate's memory for long, without a word from Redis. */
const remembered = dataClass({
  ...common,
  name: 'remembered',
  tags: ['remembered:{id}'],
  origin: '/remembered/{id}',
  ttl: '1h',
  l1: '1h',
});

/** Entries that share a tag. */
const shelved = dataClass({
  ...common,
  name: 'shelved',
  key: '{shelf}:{id}',
  params: z.object({ shelf: id, id }),
  tags: ['shelf:{shelf}'],
  origin: '/shelves/{shelf}/{id}',
  writeThrough: 'purge',
});

/** What a write at `/told/:id` comes to: lists of its tenant, itself softly, and public data. */
const payload = z.object({ id });
const strategy = defineStrategy({
  classes: [doc, swr, named, strict, remembered, shelved],
  events: {
    listed: { payload, purges: { tags: ['shelf:{id}', 'strict:{id}'] } },
    restyled: { payload, purges: { tags: ['doc:{id}'], classes: ['doc'] }, mode: 'soft' },
    shown: { payload, purges: { tags: ['page:{id}'] }, whose: 'public' },
  },
});

/** On a busy machine a Redis that is only slow must not look like one that is down, where that is not the subject. */
const patientBounds = {
  ...{ ...bounds, redisReadMs: 10_000, redisWriteMs: 10_000 },
  ...{ directMs: 60_000, failedMs: 60_000 },
};

const memory = createMemoryStore({ now: clock.now });

function makeEdge(inMemory: boolean, patient: boolean) {
  const app = edge(strategy, {
    clock,
    ...(patient && { bounds: patientBounds }),
    // An origin may take its time, so that a holder can outlive its lease.
    ...(inMemory && { store: memory, bounds: { ...bounds, originMs: 60_000 } }),
  });
  for (const cls of [doc, swr, named, strict, remembered])
    app.get(`/${cls.name}/:id`, cached(cls, { params: { id: path('id') } }));
  app.patch('/doc/:id', written(doc, { params: { id: path('id') } }));
  const events = ['listed', 'restyled', 'shown'];
  app.patch('/told/:id', written(doc, { params: { id: path('id') }, events }));
  const onShelf = { params: { shelf: path('shelf'), id: path('id') } };
  app.get('/shelved/:shelf/:id', cached(shelved, onShelf));
  app.patch('/shelved/:shelf/:id', written(shelved, onShelf));
  app.all('/http/*', httpCache());
  return worker(app);
}

const control = {
  '/__advance': ({ searchParams }: URL) => {
    aheadMs += Number(searchParams.get('ms'));
  },
  '/__settled': settled,
  /** The memory store is nowhere else to be had. */
  '/__purge': async ({ searchParams }: URL) => {
    const ask = {
      tenant: searchParams.get('tenant'),
      tags: [searchParams.get('tag')!],
      mode: searchParams.get('mode') as 'hard' | 'soft',
    };
    await memory.purge(await purgeAsk(new Names(''), clock.now(), ask));
  },
} as const;

let edges: ReturnType<typeof makeEdge>[] | undefined;

export default {
  async fetch(request: Request, env: Record<string, unknown>, ctx: ExecutionContext): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname in control) {
      await control[url.pathname as keyof typeof control](url);
      return new Response(null, { status: 204 });
    }
    const inMemory = env['STORE'] === 'memory';
    const patient = env['PATIENCE'] === 'long';
    edges ??= Array.from({ length: 3 }, () => makeEdge(inMemory, patient));
    const number = inMemory ? Number(request.headers.get('X-Edge') ?? 0) : 0;
    return edges[number]!.fetch(request, env, watched(ctx));
  },
};
