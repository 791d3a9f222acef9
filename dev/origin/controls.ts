import { devJwks } from '../keys.ts';
import { json, text } from './answer.ts';
import { type Fault, faultSchema } from './faults.ts';
import { helpFor } from './help.ts';
import type { Route } from './router.ts';

const JWKS = 'GET /.well-known/jwks.json';

export interface Controls {
  readonly routes: readonly Route[];
  count(route: Route): void;
  /** The fault in force for this route at this moment. */
  faultFor(route: Route): Fault;
}

/** What a test reads and sets, and the public keys: open to everyone on this machine, and not counted. */
export function controls(dataRoutes: readonly Route[]): Controls {
  const schema = faultSchema([...dataRoutes.map(({ name }) => name), JWKS]);
  const counts = new Map<string, number>();
  let fault: Fault = {};

  return {
    routes: [
      {
        name: JWKS,
        kind: 'keys',
        handle: () => json(devJwks(), { 'Cache-Control': 'public, max-age=300' }),
      },
      {
        name: 'GET /',
        kind: 'control',
        handle: () => text(helpFor(dataRoutes.map(({ name }) => name))),
      },
      {
        name: 'GET /stats',
        kind: 'control',
        handle: () => {
          const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
          return json({ requests: Object.fromEntries(counts), total });
        },
      },
      {
        name: 'GET /faults',
        kind: 'control',
        handle: () => json(fault),
      },
      {
        name: 'POST /faults',
        kind: 'control',
        handle: async (request) => {
          fault = await request.body(schema);
          return json(fault);
        },
      },
    ],
    count: ({ name }) => counts.set(name, (counts.get(name) ?? 0) + 1),
    faultFor: ({ name, kind }) => {
      const meant = fault.route === undefined ? kind === 'data' : fault.route === name;
      return meant ? fault : {};
    },
  };
}
