import { Hono } from 'hono';
import { bodyOf, sizes } from './body.ts';

/** The least that a Hono Worker can do: the body stands in memory, nobody is asked who asks. */
const bodies = new Map<string, string>(Object.entries(sizes).map(([name, bytes]) => [name, bodyOf(bytes)]));

const app = new Hono();

app.get('/documents/:size/:id', (c) =>
  c.body(bodies.get(c.req.param('size'))!, 200, { 'Content-Type': 'application/json' }),
);

export default app;
