import { bounds } from '../bounds.ts';
import { cutBytes, cutFields } from '../telemetry/cut-bytes.ts';

type Texts = Record<string, unknown>;

const encoder = new TextEncoder();
const bytesOf = (line: Texts): number => encoder.encode(JSON.stringify(line)).length;

/** What the line of an ordinary hit has not: with one of these it may be too long. */
const further = ['origin_path', 'notes', 'failures', 'purge_id', 'resolved', 'why', 'admin'];

/** What is given up, first what is said elsewhere too, or may be looked up; last what else went on. */
const cuts: readonly ((line: Texts) => void)[] = [
  (line) => {
    if (Array.isArray(line['failures'])) line['failures'] = line['failures'].slice(0, 1);
    cutFields(line, [
      ['says', 60],
      ['why', 60],
    ]);
  },
  (line) => {
    const { purge_id: ids } = line;
    // Whole ones: the others have their receipts.
    if (typeof ids === 'string') line['purge_id'] = ids.split(',').slice(0, 2).join(',');
  },
  (line) => cutFields(line, [['origin_path', 48]]),
  (line) => {
    delete line['failures'];
  },
  (line) =>
    cutFields(
      line,
      ['path', 'resolved', 'admin'].map((field) => [field, 48] as const),
    ),
  (line) => {
    for (const name of ['origin_path', 'resolved', 'fields', 'why']) delete line[name];
    if (typeof line['purge_id'] === 'string') line['purge_id'] = cutBytes(line['purge_id'], 64);
  },
  (line) => {
    if (Array.isArray(line['notes'])) line['notes'] = line['notes'].slice(0, 3);
  },
];

/** Cuts the line of a hit to what it may take; in development, where it shows its key, it may be as long as it is. */
export function fitHit(line: Texts): void {
  const { outcome, key } = line;
  if ((outcome !== 'hit' && outcome !== 'stale') || key !== undefined) return;
  if (further.every((name) => line[name] === undefined)) return;
  for (const cut of cuts) {
    if (bytesOf(line) <= bounds.loggedHitBytes) return;
    cut(line);
  }
}
