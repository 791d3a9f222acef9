import { bounds } from '../../../src/bounds.ts';
import type { ClassFacts } from '../facts.ts';
import { code, paragraphs, table } from '../markdown.ts';
import type { Told } from '../told.ts';
import { time, timeOrNone } from '../words.ts';

/** 6: many requests for one entry, and stale answers while one of them fetches. */
export function stampedes({ facts: { classes } }: Told): string {
  const [least, most] = bounds.lookAgainMs;
  return paragraphs(
    'However many ask for an entry that is missing, one fetches: requests of one isolate share a fetch, and isolates contend for a lease in Redis.',
    table(
      ['class', 'while it is fetched anew', 'lock of the example in section 2'],
      classes.map((cls) => [code(cls.name), meanwhile(cls), cls.example ? code(cls.example.lock) : '–']),
    ),
    'The lock’s name is `lock:<class>:<hash of the key>`.',
    table(
      ['number in force', 'what it is'],
      [
        [
          time(bounds.leaseMs),
          'the lease: longer than the origin may take, and it ends by itself when its holder is gone',
        ],
        [time(bounds.originMs), 'the origin’s deadline'],
        [
          `${least} to ${most} ms`,
          'who lost the lease looks again after a time chosen by chance, so that waiters spread',
        ],
        [time(bounds.requestMs), 'a request gives up waiting, and fetches by itself without storing'],
        [time(bounds.failedMs), 'an origin that has failed for one entry is spared for so long'],
        [
          `${bounds.fetchesPerIsolate}, of one tenant ${bounds.fetchesPerTenant}`,
          'fetches under way in one isolate (the bulkhead); beyond it 503 with `Retry-After`',
        ],
        [
          time(bounds.refreshAgainMs),
          'while another isolate refreshes a stale entry, this one asks for the lease again only after so long',
        ],
      ],
    ),
  );
}

function meanwhile({ swrMs, consistency }: ClassFacts): string {
  if (consistency === 'strict') return 'all wait: never stale';
  if (swrMs === 0)
    return 'all wait; before it expires one of many refreshes it by chance, the likelier the nearer the end';
  return `the stale entry is served for ${timeOrNone(swrMs)} more; the refresh runs after the answer has left`;
}
