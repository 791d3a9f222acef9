import { bounds } from '../../../src/bounds.ts';
import type { EventFacts, SourceFacts } from '../facts.ts';
import { block, code, codes, list, paragraphs, plain, table } from '../markdown.ts';
import { eventFlow, purgeSequence } from '../mermaid.ts';
import { routesOf, routeText, type Told } from '../told.ts';
import { percent, time } from '../words.ts';

/** 4: what purges, and how it gets there. */
export function events(told: Told): string {
  const { facts } = told;
  return paragraphs(
    facts.events.length === 0
      ? 'No event is declared: entries end by their ttl, by writes through the edge, or by hand.'
      : table(
          ['event', 'sent by', 'purges', 'whose', 'how', 'makes unusable', 'why'],
          facts.events.map((it) => [
            code(it.name),
            sentBy(told, it),
            purgesText(it),
            whose[it.whose],
            it.mode === 'soft' ? 'soft: may still be served while it is fetched anew' : 'hard',
            codes(it.reaches, 'nothing'),
            it.rationale === null ? '–' : plain(it.rationale),
          ]),
        ),
    facts.events.length === 0 ? null : block('mermaid', eventFlow(facts)),
    '### From a change to a purge that is final',
    block('mermaid', purgeSequence(facts.sources[0] ?? null)),
    list([
      'A webhook’s signature is checked over its raw bytes, and only what is signed says whose data changed.',
      'The sender is answered 202 when the queue has the purge: from then on it is final. It is applied at once beside the queue, and by the queue until it is; by its id it happens once, however often it is delivered.',
      `A purge is *applied* when one script has replaced the generations, and *verified* when its receipt is still there ${time(bounds.verifyAfterMs)} later; a failover that lost it lost the receipt with it, and it is applied again.`,
      `Where QStash cannot be reached the purge is applied at once; where Redis cannot be reached either, the sender is answered 503 and sends again. QStash tries ${bounds.queueRetries} times more; what it gives up is published again for ${time(bounds.againUntilMs)}.`,
      `Service level: ${percent(facts.serviceLevel.share)} of purges are seen by every isolate within ${time(facts.serviceLevel.targetMs)}.`,
      writesText(told),
    ]),
  );
}

const whose = {
  tenant: 'the tenant that it names',
  public: 'data without a tenant',
  everyone: 'all tenants',
} as const;

function sentBy({ facts: { sources } }: Told, { name }: EventFacts): string {
  const senders = sources.flatMap((source) => typesOf(source, name));
  return senders.length > 0
    ? senders.join(', ')
    : 'writes through the edge, or by hand (`npx stillfresh emit`)';
}

const typesOf = ({ name, events: mapped }: SourceFacts, event: string): readonly string[] =>
  Object.entries(mapped)
    .filter(([, it]) => it === event)
    .map(([type]) => `${code(name)}: ${code(type)}`);

function purgesText({ purges: { tags, users, classes, everything } }: EventFacts): string {
  return [
    ...(tags.length > 0 ? [`tags ${codes(tags)}`] : []),
    ...(users.length > 0 ? [`all of users ${codes(users)}`] : []),
    ...(classes.length > 0 ? [`classes ${codes(classes)}`] : []),
    ...(everything ? ['everything'] : []),
  ].join('; ');
}

function writesText(told: Told): string {
  const writes = told.facts.classes.flatMap((cls) =>
    routesOf(told, cls).filter(({ is }) => is === 'written'),
  );
  return writes.length === 0
    ? 'No class is written through the edge: whatever changes is told by events.'
    : `Writes through the edge purge before their answer leaves: ${codes(writes.map(routeText))}.`;
}
