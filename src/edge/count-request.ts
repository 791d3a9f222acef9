import type { EdgeRequest } from '../engine/request.ts';
import {
  type OutcomeName,
  outcomeName,
  problemCodeOf,
  reasonOf,
  requestOutcome,
} from '../telemetry/outcome.ts';

/** Counts one request, where its answer leaves: once, however it came to it. */
export function countRequest(state: EdgeRequest, status: number, totalMs: number): OutcomeName {
  const { meter } = state.isolate;
  const className = state.className ?? '-';
  const name = outcomeName(state, status);
  meter.add('requests', 1, className, name);
  meter.add('request_reasons', 1, className, name, reasonOf(state, status));
  meter.observe('request_duration', totalMs, className, name, layerOf(state));
  if (name === 'refused') meter.add('refusals', 1, className, problemCodeOf(state, status));
  return name;
}

/** Where the answer is from. */
function layerOf(state: EdgeRequest): string {
  const outcome = requestOutcome(state);
  switch (outcome.kind) {
    case 'hit':
      return outcome.layer;
    case 'fwd':
      return outcome.detail === 'overloaded' || outcome.detail === 'only-if-cached' ? 'none' : 'origin';
    case 'unread':
      return 'none';
  }
}
