import { fresh, path } from './front-ends.ts';
import { breaksOff, failing, type Reply, timesOut } from './origin.ts';
import type { Answer, Asked, TestEdge } from './world.ts';

/** No connection. */
export const unreachable = () => Promise.reject(new Error('Network connection lost.'));
/** JSON of so many announced bytes, which breaks off in its midst. */
export const half = (length: number) =>
  breaksOff('{"total":', { ...fresh, 'Content-Length': String(length) });

/** What can go wrong with a fetch, and the status that those see who did not ask. */
export const failures: readonly (readonly [what: string, reply: Reply & object, status: number])[] = [
  ['a 500', failing(500), 500],
  ['a 502', failing(502), 502],
  ['a 503 that says when to come again', failing(503, { 'Retry-After': '120' }), 503],
  ['a 504', failing(504), 504],
  ['no answer in time', timesOut, 504],
  ['no connection', unreachable, 502],
  ['half a body', half(11), 502],
  ['half a body, which its leader’s client has already begun to read', half(200_000), 502],
];

interface Hammered {
  readonly clock: { now(): number; advance(ms: number): void };
  readonly origin: { on(route: string, reply: Reply): void };
  readonly edge: TestEdge;
  readonly anotherEdge: () => TestEdge;
}

/** Ten isolates, each of which is asked four times a second for three seconds, and when the origin was. */
export async function hammer(
  { clock, origin, edge, anotherEdge }: Hammered,
  reply: Reply,
  asked: Asked = {},
) {
  const askedMs: number[] = [];
  origin.on(path, (request: Request) => {
    askedMs.push(clock.now());
    return typeof reply === 'function'
      ? (reply as (request: Request) => Response)(request)
      : Response.json(reply);
  });
  const edges = [edge, ...Array.from({ length: 9 }, anotherEdge)];
  const answers: Answer[] = [];
  for (let quarter = 0; quarter < 12; quarter += 1) {
    for (const one of edges) {
      // A leader's client sees a body break off.
      const answer = await one.ask(path, asked).catch(() => null);
      await one.settled();
      if (answer) answers.push(answer);
    }
    clock.advance(250);
  }
  return { askedMs, answers };
}

export const mostInASecond = (askedMs: readonly number[]): number =>
  Math.max(...askedMs.map((from) => askedMs.filter((ms) => ms >= from && ms < from + 1_000).length));
