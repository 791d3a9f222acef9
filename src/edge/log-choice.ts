import type { EdgeRequest } from '../engine/request.ts';
import { outcomeName } from '../telemetry/outcome.ts';
import type { Settings } from './settings.ts';

/** Whether a request has a line; `sample`: it stands for 1/sample like it, absent where each has one. */
export type LineChoice = { readonly sample: number | undefined } | null;

/** Errors, what was noted, who purged what by hand and whom we refused are never left out by chance. */
export function chooseLine(
  { method }: Request,
  edge: EdgeRequest,
  status: number,
  { LOG, LOG_SAMPLE }: Pick<Settings, 'LOG' | 'LOG_SAMPLE'>,
): LineChoice {
  const name = outcomeName(edge, status);
  const isAudited = edge.logged?.admin !== undefined && method === 'POST';
  if (name === 'error' || isAudited || edge.notes.noted.size > 0) return { sample: undefined };
  if (LOG === 'problems') return null;
  if (LOG_SAMPLE === 1 || (name === 'refused' && !isOrdinary(status))) return { sample: undefined };
  return edge.isolate.random() < LOG_SAMPLE ? { sample: LOG_SAMPLE } : null;
}

/** What every scanner is answered, and a client that asked for what is stored alone. */
const isOrdinary = (status: number) => status === 404 || status === 405 || status === 504;
