import {
  type ForwardStatus,
  forwardReasons,
  type HitStatus,
  type UnreadStatus,
} from '../http/cache-status.ts';
import { codeOfStatus, Problem, type ProblemCode, problemCodes } from '../http/problem.ts';
import { outcomeLabels } from './catalogue.ts';

/**
 * How a request was answered, in one of these ways: `Cache-Status`, the log line, the counters and the spans are made of it. One that
 * was refused, or not for the cache, has an outcome too.
 */
export type Outcome = ReadOutcome | Unread;

/** What a read, or a write through the edge, ends in. */
export type ReadOutcome = Hit | Forward;

export interface Hit extends HitStatus {
  /** `l1`: isolate memory; `l2`: Redis. */
  readonly layer: 'l1' | 'l2';
  readonly detail?: HitDetail | undefined;
}

export interface Forward extends ForwardStatus {
  readonly detail?: ForwardDetail | undefined;
}

/** Nothing was read for it. */
export interface Unread extends UnreadStatus {
  readonly detail?: ProblemCode | 'refused' | undefined;
  /** Of which class it would have been an answer. */
  readonly className: string | undefined;
}

/** What `Cache-Status` adds to a hit; a plain one has none. */
export const hitDetails = [
  'soft-purged',
  'stale-if-error',
  'stale-disconnected',
  'request-directives-ignored',
  'max-stale',
] as const;
export type HitDetail = (typeof hitDetails)[number];

/** What it adds to a request that went forward: what was found, how the fetch ended, what became of a write's purge, why nothing is stored. */
export const forwardDetails = [
  'off',
  'shadow',
  'kill-switch',
  'purged',
  'soft-purged',
  'evicted',
  'expired',
  'unchecked',
  'store-unavailable',
  'waited-too-long',
  'only-if-cached',
  'origin-failed',
  'origin-timeout',
  'overloaded',
  'purge-queued',
  'purge-pending',
  'partial',
  'status',
  'no-store',
  'private',
  'set-cookie',
  'authorization',
  'cookie',
  'ambiguous-path',
  'vary-star',
  'vary-names',
  'no-freshness',
  'live',
  'too-large',
  'too-many-tags',
  'unkeyed',
  'uncaptured',
  'too-slow',
] as const;
export type ForwardDetail = (typeof forwardDetails)[number];

/** Why, in a word: `fresh` of a plain hit, `none` where there is nothing to say. */
export type Reason =
  | 'fresh'
  | 'stale-while-revalidate'
  | 'none'
  | 'refused'
  | HitDetail
  | ForwardDetail
  | ForwardStatus['fwd']
  | ProblemCode;

/** Each once. */
export const reasons = (): readonly Reason[] => [
  ...new Set<Reason>([
    'fresh',
    'stale-while-revalidate',
    'none',
    'refused',
    ...hitDetails,
    ...forwardDetails,
    ...forwardReasons,
    ...problemCodes(),
  ]),
];

/** The one word that requests are counted by. */
export const outcomeNames = outcomeLabels;
export type OutcomeName = (typeof outcomeNames)[number];

/** What a request has come to: all that its outcome, and its name and reason, are made of. */
export interface EndedRequest {
  /** Of what was read for it, if anything was. */
  readonly outcome?: ReadOutcome;
  readonly className?: string;
  /** What its handler threw, or it was refused with. */
  readonly error?: Error;
}

export const requestOutcome = (request: EndedRequest): Outcome => request.outcome ?? unread(request);

function unread({ className, error }: EndedRequest): Unread {
  const isRefused = error !== undefined || className !== undefined;
  const detail = error instanceof Problem ? error.code : isRefused ? 'refused' : undefined;
  return { kind: 'unread', className, detail };
}

/** `status`: of the answer. What was not read and is no refusal was not for the cache: a webhook, an admin's request. */
export function outcomeName(request: EndedRequest, status: number): OutcomeName {
  const outcome = requestOutcome(request);
  // RFC 9111 §5.2.1.7: a 504 that the client asked for.
  if (outcome.detail === 'only-if-cached') return 'refused';
  if (status >= 500) return 'error';
  switch (outcome.kind) {
    case 'hit':
      // Its handler has read it, and did not give it.
      if (request.error && status >= 400) return 'refused';
      return outcome.ttlMs > 0 ? 'hit' : 'stale';
    case 'fwd':
      return outcome.fwd === 'bypass' || outcome.fwd === 'method' ? 'bypass' : 'miss';
    case 'unread':
      return status >= 400 ? 'refused' : 'bypass';
  }
}

/** What `Cache-Status` says of it, else the nearest word. */
export function reasonOf(request: EndedRequest, status: number): Reason {
  const { error } = request;
  const outcome = requestOutcome(request);
  const thrown = error && status >= 400 ? codeOf(error) : undefined;
  switch (outcome.kind) {
    case 'hit':
      return thrown ?? outcome.detail ?? (outcome.ttlMs > 0 ? 'fresh' : 'stale-while-revalidate');
    case 'fwd':
      return outcome.detail ?? thrown ?? (status >= 500 ? 'origin-failed' : outcome.fwd);
    case 'unread':
      return thrown ?? (status >= 400 ? codeOfStatus(status) : 'none');
  }
}

/** Of what was refused or failed: the code of its problem. */
export const problemCodeOf = ({ error }: EndedRequest, status: number): ProblemCode =>
  error ? codeOf(error) : codeOfStatus(status);

const codeOf = (error: Error): ProblemCode => (error instanceof Problem ? error.code : 'internal');

/** Flat fields of one log line, in the words of RFC 9211; undefined where there is nothing to say. */
export function outcomeFields(request: EndedRequest, status: number) {
  const outcome = requestOutcome(request);
  const name = outcomeName(request, status);
  switch (outcome.kind) {
    case 'hit':
      return { outcome: name, layer: outcome.layer, detail: outcome.detail };
    case 'fwd':
      return {
        outcome: name,
        fwd: outcome.fwd,
        stored: outcome.stored,
        fwd_status: outcome.fwdStatus,
        collapsed: outcome.collapsed || undefined,
        detail: outcome.detail,
      };
    case 'unread':
      return { outcome: name };
  }
}

/** What a span says of it. */
export function spanAttributes(request: EndedRequest, status: number) {
  const outcome = requestOutcome(request);
  return {
    class: request.className,
    outcome: outcomeName(request, status),
    reason: reasonOf(request, status),
    layer: outcome.kind === 'hit' ? outcome.layer : undefined,
    status,
  };
}
