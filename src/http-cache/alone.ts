import type { Context } from '../engine/context.ts';
import type { Found } from '../engine/lookup.ts';
import type { Forward } from '../telemetry/outcome.ts';
import { memoryOf } from './memory.ts';
import type { HttpRoute } from './options.ts';
import { exchange } from './origin.ts';
import { covered } from './outcome.ts';
import { letGo, overloaded, passed } from './pass.ts';
import type { Reading, Why } from './reading.ts';
import { type ClientRequest, sentToRead } from './request.ts';
import type { Served } from './served.ts';
import { uriSubject } from './variants.ts';

/** Redis cannot be asked: nothing is stored; a copy that was validated before may cover for an origin that fails. */
export function withoutStore({ context, route, request, found, why }: Reading): Promise<Served> {
  return alone(context, route, request, { ...why, detail: 'store-unavailable' }, found);
}

/** For this client only, with its own conditions and range. */
export async function alone(
  context: Context,
  route: HttpRoute,
  request: ClientRequest,
  why: Why,
  found?: Found,
): Promise<Served> {
  const outcome: Forward = { kind: 'fwd', stored: false, ...why };
  const leave = memoryOf(context.isolate).bulkhead.enter('');
  if (!leave) return (found && covered(context, request, found, undefined)) ?? overloaded(outcome);
  try {
    const { method, target } = request;
    const rule = route.inputs === 'all' ? [] : await ruleInMemory(context, route, target);
    const headers = sentToRead(request, route, rule);
    const answer = await exchange(context, route, { method, target, headers, body: null });
    const failed = answer.is === 'failed' ? answer : { status: answer.status };
    const cover = found && covered(context, request, found, failed.status);
    if (!cover) return await passed(context, answer, outcome);
    if (answer.is === 'answer') letGo(answer.body);
    return cover;
  } finally {
    leave();
  }
}

async function ruleInMemory(context: Context, route: HttpRoute, target: string): Promise<readonly string[]> {
  const { names } = await uriSubject(context, route, target);
  return memoryOf(context.isolate).rule(names.key);
}
