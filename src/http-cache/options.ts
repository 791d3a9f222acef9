import * as z from 'zod';
import { bounds } from '../bounds.ts';
import type { Changed } from '../engine/after-write.ts';
import { dataClass } from '../strategy/data-class.ts';
import { durationMs } from '../strategy/duration.ts';
import { encodePart } from '../strategy/encode.ts';
import { inOurWords } from '../strategy/says.ts';
import { faultsOf, must, StrategyError } from '../strategy/strategy-error.ts';
import type { Comparing, DataClass, Duration } from '../strategy/types.ts';

/** What a team writes. Everything that is not given has the default named beside it. */
export interface HttpCacheOptions extends Comparing {
  /**
   * Where requests go, such as `https://www.example.com`: http(s), without query; a path in it stands before each
   * request's. Default: the setting `ORIGIN_URL`, which is then shown `ORIGIN_SECRET`; any other origin is not.
   */
  readonly origin?: string;
  /**
   * Taken off each path before the origin is asked, `/docs` of `/docs/a`, and put before what `Location` and `Content-Location` say of its
   * resources. Keys and `uri:` tags have it. The route must be below it. Default: nothing is.
   */
  readonly stripPrefix?: string;
  /** First part of every key, and the class that logs and purges name: `[a-z][a-z0-9_-]*`. Default `http`. */
  readonly name?: string;
  /**
   * What the origin is sent of a client's request fields. `all`: what is end to end, but for those that origins are known to
   * reflect. `keyed`: only those that it has named in `Vary`; a URI's first request may then cost two fetches, and an
   * answer to a request with credentials is stored only where `Vary` names these. Default `all`.
   */
  readonly inputs?: 'all' | 'keyed';
  /** Whether clients' `Cache-Control` (RFC 9111 §5.2.1) counts. Default `ignored`: else anybody could make the origin work. */
  readonly requestDirectives?: 'ignored' | 'honoured';
  /** How long a stale answer may cover for a failing origin that says nothing of it. Default: not at all. */
  readonly staleIfError?: Duration;
  /** A larger body is passed on, not stored. Bytes, at most 5 MiB. Default 1 MiB. */
  readonly maxBytes?: number;
  /** How long an isolate may answer from its memory without a word from Redis. Default `1s`. */
  readonly l1?: Duration;
}

/** Options resolved, once. */
export interface HttpRoute {
  /** Undefined: the setting's. */
  readonly origin: string | undefined;
  /** Empty: none. */
  readonly stripPrefix: string;
  readonly inputs: 'all' | 'keyed';
  readonly honours: boolean;
  readonly siePlainMs: number;
  /** Its keys are made of origin, target and what selects a variant. */
  readonly cls: DataClass;
}

/** Not shown: it may hold a password. */
const isNoOrigin = 'is not valid; write an http(s) URL without query, fragment or credentials';

const fields = {
  origin: z
    .url({ protocol: /^https?$/, error: isNoOrigin })
    .refine((it) => !/[?#]|^[^/]*\/\/[^/]*@/.test(it), isNoOrigin)
    .transform((it) => it.replace(/\/+$/, ''))
    .optional(),
  // Those of its class are looked at there.
  name: z.unknown().optional(),
  stripPrefix: z
    .string(must('write a path such as /docs'))
    .regex(/^(\/[\w~-][\w.~-]*)+$/, must('write a path such as /docs, without a slash at its end'))
    .default(''),
  inputs: z.enum(['all', 'keyed'], must("say 'all' or 'keyed'")).default('all'),
  requestDirectives: z.enum(['ignored', 'honoured'], must("say 'ignored' or 'honoured'")).default('ignored'),
  staleIfError: z.unknown().optional(),
  maxBytes: z.unknown().optional(),
  l1: z.unknown().optional(),
  compare: z.unknown().optional(),
  compareIgnoring: z.unknown().optional(),
  freshWithin: z.unknown().optional(),
  rollout: z.unknown().optional(),
  silences: z.unknown().optional(),
};
const shape = z.strictObject(fields, must('write an object'));

/** Throws `StrategyError` with every fault found. */
export function httpRoute(options: HttpCacheOptions): HttpRoute {
  const parsed = shape.safeParse(options, inOurWords);
  if (!parsed.success) throw new StrategyError(faultsOf('httpCache', parsed.error.issues));
  const {
    name = 'http',
    staleIfError,
    maxBytes,
    l1,
    compare,
    compareIgnoring,
    freshWithin,
    rollout,
    silences,
  } = options;
  const { origin, stripPrefix, inputs, requestDirectives } = parsed.data;
  const made = dataClass({
    name,
    version: 1,
    scope: 'public',
    key: '{target}',
    params: z.object({ target: z.string() }),
    access: 'public',
    tags: ['uri:{target}'],
    tagsFromAnswer: true,
    read: 'read-through',
    origin: '/',
    ...(maxBytes !== undefined && { maxBytes }),
    ...(staleIfError !== undefined && { staleIfError }),
    ...(l1 !== undefined && { l1 }),
    ...(compare !== undefined && { compare }),
    ...(compareIgnoring !== undefined && { compareIgnoring }),
    ...(freshWithin !== undefined && { freshWithin }),
    ...(rollout !== undefined && { rollout }),
    ...(silences !== undefined && { silences }),
    ttl: `${bounds.heuristicMs}ms`,
    cacheControl: 'no-store',
    rationale: 'What an origin lets shared caches store, for as long as it says',
  });
  // What `keyed` promises does not hold for what was stored without it, and below another prefix a path is another one.
  const stripped = stripPrefix === '' ? '' : `:@strip:${encodePart(stripPrefix)}`;
  const whose = `${inputs === 'keyed' ? '@keyed:' : ''}${encodePart(origin ?? '')}${stripped}`;
  const cls = {
    ...made,
    // Another prefix, or other inputs, and it stores something else: its roll-out begins anew.
    definition: Object.freeze({ ...made.definition, key: `${whose}:{target}` }),
    // A target has no bound but the request's own, and its own delimiters.
    keyOf: ({ target, variant = '' }) => `${whose}:${encodePart(String(target))}${String(variant)}`,
    tagsOf: ({ target }) => [`uri:${String(target)}`],
  } satisfies DataClass;
  return {
    origin,
    stripPrefix,
    inputs,
    honours: requestDirectives === 'honoured',
    siePlainMs: staleIfError === undefined ? 0 : durationMs(staleIfError),
    cls,
  };
}

/** RFC 9875 §2: a group is of one origin, so that no other can name it, nor it a tag. */
export const groupTag = (origin: string) => (name: string) => `group:${new URL(origin).host}:${name}`;

/** What a change of these targets makes wrong. */
export const changedAt = ({ cls }: HttpRoute, targets: readonly string[]): Changed => ({
  tags: targets.flatMap((target) => cls.tagsOf({ target })),
  owner: null,
  settleMs: 0,
  ofClass: cls.name,
  // Most of what is posted to was never read.
  ifAnyExists: true,
});
