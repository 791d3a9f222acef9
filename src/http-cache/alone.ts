import type { Asking } from '../engine/context.ts';
import type { Found } from '../engine/lookup.ts';
import type { Forward } from '../telemetry/outcome.ts';
import { memoryOf } from './memory.ts';
import type { HttpRoute } from './options.ts';
import { exchange } from './origin.ts';
import { covered } from './outcome.ts';
import { letGo, overloaded, passed } from './pass.ts';
import type { Reading, Why } from './reading.ts';
import { type Asked, sentToRead } from './request.ts';
import type { Served } from './served.ts';
import { uriSubject } from './variants.ts';

/** Redis cannot be asked: nothing is stored; a copy that was validated before may cover for an origin that fails. */
export function withoutStore({ asking, route, asked, found, why }: Reading): Promise<Served> {
  return alone(asking, route, asked, { ...why, detail: 'store-unavailable' }, found);
}

/** For this client only, with its own conditions and range. */
export async function alone(
  asking: Asking,
  route: HttpRoute,
  asked: Asked,
  why: Why,
  found?: Found,
): Promise<Served> {
  const outcome: Forward = { kind: 'fwd', stored: false, ...why };
  const leave = memoryOf(asking.isolate).bulkhead.enter('');
  if (!leave) return (found && covered(asking, asked, found, undefined)) ?? overloaded(outcome);
  try {
    const { method, target } = asked;
    const rule = route.inputs === 'all' ? [] : await ruleInMemory(asking, route, target);
    const headers = sentToRead(asked, route, rule);
    const answer = await exchange(asking, route, { method, target, headers, body: null });
    const failed = answer.is === 'failed' ? answer : { status: answer.status };
    const cover = found && covered(asking, asked, found, failed.status);
    if (!cover) return await passed(asking, answer, outcome);
    if (answer.is === 'answer') letGo(answer.body);
    return cover;
  } finally {
    leave();
  }
}

async function ruleInMemory(asking: Asking, route: HttpRoute, target: string): Promise<readonly string[]> {
  const { names } = await uriSubject(asking, route, target);
  return memoryOf(asking.isolate).rule(names.key);
}
