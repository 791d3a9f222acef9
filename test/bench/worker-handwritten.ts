import { Hono } from 'hono';

interface Bindings {
  readonly UPSTASH_REDIS_REST_URL: string;
  readonly UPSTASH_REDIS_REST_TOKEN: string;
}

/** What one would write by hand: one request to Redis, the body out of its answer. No identity, no purges, no deadline. */
const app = new Hono<{ Bindings: Bindings }>();

app.get('/documents/:size/:id', async (c) => {
  const response = await fetch(c.env.UPSTASH_REDIS_REST_URL, {
    method: 'POST',
    headers: { Authorization: `Bearer ${c.env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify(['MGET', `document:${c.req.param('size')}:${c.req.param('id')}`]),
  });
  const { result } = await response.json<{ result: (string | null)[] }>();
  const body = result[0] ?? null;
  if (body === null) return c.notFound();
  return c.body(body, 200, { 'Content-Type': 'application/json' });
});

export default app;
