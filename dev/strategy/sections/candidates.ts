import { bounds } from '../../../src/bounds.ts';
import { inputs } from '../application.ts';
import type { ClassFacts } from '../facts.ts';
import { code, codes, list, paragraphs, plain, table } from '../markdown.ts';
import { routesOf, routeText, type Told } from '../told.ts';
import { size } from '../words.ts';

/** 1: what the application is, what of it is cached, and what is not. */
export function candidates(told: Told): string {
  const { application, facts } = told;
  const fields = Object.entries(inputs) as [keyof typeof inputs, string][];
  return paragraphs(
    table(
      ['', ''],
      fields.map(([field, title]) => [title, plain(application[field])]),
    ),
    '### What is cached',
    table(
      ['class', 'read at', 'for whom', 'why'],
      facts.classes.map((cls) => [code(cls.name), readAt(told, cls), forWhom(cls), plain(cls.rationale)]),
    ),
    '### What is not cached, and why',
    list([...notStored(facts.classes), ...ownRoutes(told), ...never]),
  );
}

function readAt(told: Told, cls: ClassFacts): string {
  const reads = routesOf(told, cls).filter(({ is }) => is !== 'written');
  return reads.length > 0
    ? codes(reads.map(routeText))
    : 'no route: read by rules, handlers or webhooks alone';
}

export function forWhom({ scope, access }: Pick<ClassFacts, 'scope' | 'access'>): string {
  const kept = {
    tenant: 'kept for each tenant',
    user: 'kept for each user of a tenant',
    public: 'one for everybody',
  }[scope];
  const words = {
    tenant: 'every member may read it',
    user: 'only that user may read it',
    public: 'anybody may read it',
  };
  return `${kept}; ${access in words ? words[access as keyof typeof words] : `only who ${code(access)} may read it`}`;
}

const notStored = (classes: readonly ClassFacts[]): readonly string[] =>
  classes
    .filter(({ hasStoreWhen }) => hasStoreWhen)
    .map((cls) => `${code(cls.name)}: values that its ${code('storeWhen')} refuses. ${plain(cls.rationale)}`);

const ownRoutes = ({ routes }: Told): readonly string[] =>
  routes
    .filter(({ is }) => is === 'own')
    .map(
      (it) =>
        `${code(routeText(it))}: a handler of the application's own answers, and stores nothing unless it reads a class`,
    );

/** What the engine stores of no class. */
const never = [
  'Writes: every method but `GET` and `HEAD` goes to the origin, and what it changes is purged.',
  'Errors: what the origin answers with a status of 400 or more is passed on, and never stored.',
  `Answers that are too large (${size(bounds.maxBytes)} unless the class says otherwise), cut off, or in a coding that cannot be read.`,
  'Answers of a class that is `off` or in the `shadow` of its roll-out: the origin gives them.',
] as const;
