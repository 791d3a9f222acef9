import { bounds } from '../../../src/bounds.ts';
import type { ClassFacts } from '../facts.ts';
import { code, codes, list, paragraphs, table } from '../markdown.ts';
import type { Told } from '../told.ts';

/** 2: how entries are named. */
export function keys({ facts: { classes } }: Told): string {
  return paragraphs(
    'A key says what is stored, in which shape, and whose it is. Tenant and user come from verified identity alone, never from the request’s parameters, and stand in the key before anything else: no request can name another’s entry.',
    table(
      ['class', 'key', 'example: user `ann` of tenant `acme`'],
      classes.map((cls) => [
        code(cls.name),
        code(cls.keyTemplate),
        cls.example ? code(cls.example.key) : 'none could be made up',
      ]),
    ),
    list([
      'The first part is the class, the second its version: raised when the shape of the value changes, so that the new code never reads what the old code stored.',
      `Names and values are percent-encoded, so that two different sets of parameters never give one key. A value has at most ${bounds.keyParamBytes} bytes; a key of more than ${bounds.keyBytes} bytes keeps its readable beginning and ends in a hash.`,
      'The setting `NAMESPACE` stands before all of it, such as `staging:`, where deployments share a database.',
    ]),
    '### What a purge names',
    'Beside its key each entry names generations: random values, one for each thing that can be purged. Whoever purges replaces a generation, and every entry that names the old one is unusable, whether there are ten or a million.',
    table(
      ['class', 'tags', 'all that the example depends on'],
      classes.map((cls) => [code(cls.name), tagsOf(cls), codes(cls.example?.generations ?? [])]),
    ),
  );
}

function tagsOf({ tags, tagsFromAnswer }: ClassFacts): string {
  const answers = tagsFromAnswer ? 'and those that the answer names' : '';
  return [tags.length > 0 ? codes(tags) : 'none of its own', answers].filter(Boolean).join(', ');
}
