import { bounds } from '../../../src/bounds.ts';
import type { ClassFacts } from '../facts.ts';
import { code, list, paragraphs, plain, table } from '../markdown.ts';
import type { Told } from '../told.ts';
import { time, timeOrNone } from '../words.ts';

/** 3: how long what is stored may be used. */
export function ttls({ facts: { classes } }: Told): string {
  return paragraphs(
    table(
      [
        'class',
        'fresh for',
        'then stale while it is fetched anew',
        'stale while the origin is down',
        'needed fresh within',
        'consistency',
        'after a purge, old for at most',
      ],
      classes.map((cls) => [
        code(cls.name),
        freshFor(cls),
        timeOrNone(cls.swrMs),
        timeOrNone(cls.sieMs),
        cls.freshWithinMs === null
          ? cls.is === 'class'
            ? `${time(cls.ttlMs)} (its ttl)`
            : 'as its origin says'
          : time(cls.freshWithinMs),
        cls.consistency,
        staleAfterPurge(cls),
      ]),
    ),
    '### Why these numbers',
    table(
      ['class', 'why', 'browsers are told'],
      classes.map((cls) => [code(cls.name), plain(cls.rationale), code(cls.cacheControl)]),
    ),
    list([
      'The last column of the first table is the bound: an answer to a read that began after a purge was applied comes from no fetch that began before it, except for so long. In the isolate that purged it is 0 for every class.',
      'A `strict` class asks Redis for every answer and is never stale; where it can be neither validated nor fetched, the answer is 503.',
      'A `standard` class may be answered from an isolate’s memory for its `l1`, counted from before the look at Redis that validated it.',
      'Exceptions: a soft purge leaves what it names usable inside the stale window, which is what it means; while Redis cannot be asked, a copy that was validated before may be served for as long as “stale while the origin is down” says; a failover of Redis that loses a purge is noticed and mended after ' +
        `${time(bounds.verifyAfterMs)}.`,
    ]),
  );
}

const freshFor = (cls: ClassFacts): string => (cls.is === 'class' ? time(cls.ttlMs) : 'as its origin says');

/** protocol: `strict` 0, `standard` its l1; a class that settles is purged once more. */
export function staleAfterPurge({ consistency, l1Ms, settleMs }: ClassFacts): string {
  const bound = consistency === 'strict' ? '0' : timeOrNone(l1Ms).replace('none', '0');
  return settleMs === 0
    ? bound
    : `${bound}; purged once more after ${time(settleMs)}, for an origin that reads its own commits late`;
}
