import type { ClassFacts } from '../facts.ts';
import { code, list, paragraphs, table } from '../markdown.ts';
import { routesOf, type Told } from '../told.ts';

/** 5: which pattern each class follows. */
export function patterns(told: Told): string {
  return paragraphs(
    table(
      ['class', 'reads', 'writes', 'why'],
      told.facts.classes.map((cls) => [
        code(cls.name),
        cls.read,
        writes[writesOf(told, cls)],
        whyOf(told, cls),
      ]),
    ),
    list([
      '*read-through*: the edge itself asks the origin for the class’s path, and the answer is what is stored.',
      '*cache-aside*: a function of the application’s own makes the value, from one or several requests; the engine stores it.',
      '*write-through*: a write goes to the origin first; when that has succeeded the class is purged before the answer leaves, and with `store` the answer is stored as the new value, unless another write came in between.',
      'There is no bare “set”: what is stored was fetched under a lease, so that a fetch that began before a purge is never stored after it.',
    ]),
  );
}

const writes = {
  store: 'write-through: the answer is stored',
  purge: 'write-through: purged, and fetched by the next read',
  none: 'not through the edge',
} as const;

const writesOf = (told: Told, cls: ClassFacts): keyof typeof writes =>
  cls.writeThrough !== null && routesOf(told, cls).some(({ is }) => is === 'written')
    ? cls.writeThrough
    : 'none';

function whyOf(told: Told, cls: ClassFacts): string {
  const reads =
    cls.read === 'cache-aside'
      ? 'the value is made by a loader, not by one path of the origin'
      : cls.is === 'http-cache'
        ? 'the origin says itself what may be stored'
        : `${code(cls.origin ?? '/')} at the origin is the value as it is`;
  const written = {
    store: '; a write’s answer is the new value, so that the next read is a hit',
    purge: '; a write’s answer is not the value that reads give',
    none: '',
  }[writesOf(told, cls)];
  return `${reads}${written}`;
}
