import { getPath } from 'hono/utils/url';
import { bounds } from '../bounds.ts';
import type { BreakerChange } from '../engine/breaker.ts';
import type { Failure, Note } from '../engine/notes.ts';
import type { EdgeRequest } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import { cutFields } from '../telemetry/cut-bytes.ts';
import { fieldName } from '../telemetry/field-name.ts';
import type { LogLine } from '../telemetry/log.ts';
import { outcomeFields, outcomeName } from '../telemetry/outcome.ts';
import { cutText, stackInFull, stackOf } from '../telemetry/why.ts';
import { fitHit } from './fit-hit.ts';
import { chooseLine } from './log-choice.ts';
import type { Settings } from './settings.ts';

/** What an alert should be made of: data may be served that were purged, and nobody is working on it any more. */
const alarming: readonly Note[] = ['purge-dead', 'purge-lost', 'purge-unverified'];

/** A note alone is a warning; without any there is nothing to warn of. */
export function levelOf(notes: Iterable<Note>): LogLine['level'] {
  const all = [...notes];
  if (all.some((note) => alarming.includes(note))) return 'error';
  return all.length > 0 ? 'warn' : 'info';
}

const queryOf = (url: string): string | undefined => {
  const at = url.indexOf('?');
  return at === -1 ? undefined : url.slice(at, at + 256);
};

/** As a whole, or not at all: a client's own name may have dots in it, as an address has. A header's has hyphens. */
const loggedField = (field: string): string =>
  field.split(/[.-]/).every((step) => fieldName(step) === step) ? field : '*';

/** Of what the origin gave, or of its not giving anything. */
const isOfOrigin = ({ note }: Failure) => ofOrigin.includes(note);
const ofOrigin: readonly Note[] = ['origin-failed', 'origin-timeout', 'truncated', 'value-of-another-shape'];

/** Where it failed, rather than where it went on, if the request has failed with it: none of a loader that did not ask. */
function originFields({ notes: { failures, originPath, originStatus }, error }: EdgeRequest) {
  const failed = error && failures?.findLast(isOfOrigin);
  if (!failed || failed.origin_path === originPath)
    return { origin_path: originPath, origin_status: originStatus };
  return { origin_path: failed.origin_path };
}

/** With its names cut, after whatever was hidden in them: half an id would not be found. */
export function cutLine(line: LogLine): LogLine {
  cutFields(line, mostBytes);
  fitHit(line);
  return line;
}

const { loggedPathBytes: ofPath, loggedIdBytes: ofName } = bounds;
const mostBytes = [
  ...(['path', 'resolved', 'origin_path'] as const).map((field) => [field, ofPath] as const),
  ...(['class', 'tenant'] as const).map((field) => [field, ofName] as const),
];

/** Once for each time that Redis is spared, or called again, by this isolate. */
export const breakerLine = (change: BreakerChange): LogLine => ({
  event: 'breaker',
  level: change.state === 'open' ? 'warn' : 'info',
  ...change,
});

/**
 * The one log line of a request, above `info` where something went wrong, whether the caller saw it or not; null if it is not wanted.
 * Platforms bill a log by its bytes: what does not apply is left out, and that of a hit takes 600 at most.
 */
export function requestLine(
  request: Request,
  edge: EdgeRequest,
  status: number,
  settings: Pick<Settings, 'LOG' | 'LOG_SAMPLE' | 'development'>,
): LogLine | null {
  const chosen = chooseLine(request, edge, status, settings);
  if (!chosen) return null;
  const { development } = settings;
  const { notes, className, identity, logged, error } = edge;
  const isFailure = outcomeName(edge, status) === 'error';
  const [asksRedis, asksOrigin] = [notes.redisRequests > 0, notes.originRequests > 0];
  return {
    // First, so that nothing in it takes the place of what stands below.
    ...logged,
    // Who looks at a page is an address in each of its lines; who does something stands there.
    admin: request.method === 'POST' ? logged?.admin : logged?.admin?.replace(/^access:.*/s, 'access'),
    event: 'request',
    level: isFailure ? 'error' : levelOf(notes.noted),
    request_id: edge.id,
    method: request.method,
    path: getPath(request),
    // It may hold what nobody else should see: on the team's own machine alone.
    query: development ? queryOf(request.url) : undefined,
    status,
    class: className,
    tenant: identity?.tenant ?? logged?.tenant,
    ...outcomeFields(edge, status),
    // It names tenant and user, and the HTTP cache's the query.
    key: development ? edge.outcome?.key : undefined,
    age_ms: edge.ageMs,
    ttl_ms: edge.outcome?.ttlMs ?? edge.ttlLeftMs,
    bytes: edge.sentBytes || undefined,
    redis_requests: notes.redisRequests,
    redis_commands: asksRedis ? notes.redisCommands : undefined,
    redis_ms: asksRedis ? notes.redisMs : undefined,
    origin_requests: notes.originRequests,
    origin_ms: asksOrigin ? notes.originMs : undefined,
    ...originFields(edge),
    total_ms: edge.totalMs,
    sample: chosen.sample,
    notes: notes.noted.size > 0 ? [...notes.noted] : undefined,
    failures: notes.failures,
    fields:
      error instanceof Problem ? error.options.errors?.map(({ field }) => loggedField(field)) : undefined,
    problem: error instanceof Problem ? error.code : error && 'internal',
    stack: development && notes.thrown instanceof Error ? stackInFull(notes.thrown) : undefined,
    why:
      error &&
      (error instanceof Problem
        ? cutText(error.options.why ?? '', bounds.loggedTextChars) || undefined
        : stackOf(error)),
  };
}
