import type { LogLine } from '../log-line.ts';
import { digitsAt } from './digits.ts';
import { readRequestLine } from './request-line.ts';
import { isoTime } from './time.ts';

/**
 * AWS Application Load Balancer: `type time elb client:port target:port request_processing_time target_processing_time response_processing_time
 * elb_status_code target_status_code received_bytes sent_bytes "method url protocol" "user agent" …`. Times are in seconds; -1: there was no answer of a
 * target. `sent_bytes` counts the header fields too.
 */
const FIELDS =
  /^(?:https?|h2|grpcs?|wss?) (\S+) \S+ \S+ \S+ (-1|[\d.]+) (-1|[\d.]+) (-1|[\d.]+) (\d{3}|-) (?:\d{3}|-) (?:\d+|-) (\d+|-) "/;

export function readAlb(text: string, line: LogLine): string | null {
  const found = FIELDS.exec(text);
  if (!found) return 'it does not begin with the fields of a load balancer';
  const [all, time, request, target, response, status, bytes] = found;
  const end = text.indexOf('"', all.length);
  if (end < 0) return 'the quotes of its request are not closed';
  line.timeMs = isoTime(time!);
  if (Number.isNaN(line.timeMs)) return 'its time cannot be read';
  if (status === '-') return 'it has no status';
  const why = readRequestLine(text, all.length, withoutSpace(text, end), line);
  if (why !== null) return why;
  const seconds = [+request!, +target!, +response!];
  line.status = +status!;
  line.bytes = digitsAt(bytes!, 0);
  line.durationMs = seconds.includes(-1) ? -1 : 1000 * seconds.reduce((all, it) => all + it);
  line.signs = 0;
  line.etag = null;
  return null;
}

/** A request that could not be read is logged as `- http://host:80- `. */
const withoutSpace = (text: string, end: number): number => (text[end - 1] === ' ' ? end - 1 : end);
