import { exit, Failure } from '../../failure.ts';
import { bounds } from './bounds.ts';

/** `/v1/:tenant/invoices`, as it is given. */
export interface Pattern {
  /** `users` by its name, `:tenant` whatever stands there. */
  readonly segments: readonly string[];
  /** What may follow: nothing; a rest that is told apart as elsewhere; a rest that is one route with it. */
  readonly rest: 'none' | 'templates' | 'one';
}

/** Rejects with a `Failure` that names what is wrong. The first that fits a path is taken. */
export function parsePatterns(texts: readonly string[]): readonly Pattern[] {
  if (texts.length > bounds.patterns)
    throw new Failure(
      exit.refused,
      `${texts.length} routes are more than the ${bounds.patterns} that there may be`,
    );
  return texts.map(parsePattern);
}

/**
 * Those of an application's own routes, as Hono writes them (`/v1/invoices/:invoice_id`, `/:month{[0-9-]+}`, `/reports/:year?`). What has a star is middleware,
 * and says nothing of a route.
 */
export function patternsOfRoutes(paths: readonly string[]): readonly Pattern[] {
  const plain = paths
    .map((it) => it.replace(/\{(?:[^{}]|\{[^{}]*\})*\}/g, ''))
    .filter((it) => !it.includes('*'));
  const texts = plain.flatMap((it) =>
    it.endsWith('?') ? [it.slice(0, -1), it.slice(0, it.lastIndexOf('/')) || '/'] : [it],
  );
  return parsePatterns([...new Set(texts)]);
}

function parsePattern(text: string): Pattern {
  const refuse = (why: string): never => {
    throw new Failure(
      exit.refused,
      `route ${text}: ${why}; such as /v1/:tenant/invoices, /v1/:tenant/* (what follows is told apart as elsewhere) or /static/** (all below is one route)`,
    );
  };
  if (!text.startsWith('/')) return refuse('it begins with a slash');
  if (text.includes('?')) return refuse('a route has no query');
  const segments = text.slice(1).split('/');
  const last = segments.at(-1)!;
  const rest = last === '**' ? 'one' : last === '*' || last === '…' ? 'templates' : 'none';
  if (rest !== 'none') segments.pop();
  for (const segment of segments) {
    if (segment.startsWith(':') && !/^:[a-z_]\w*$/i.test(segment))
      return refuse(`${segment} is no name: a letter, then letters, digits and _`);
    if (segment.includes('*')) return refuse('a star stands alone, at the end');
  }
  return { segments, rest };
}

/** Whether the path's segments begin as it says, and end where it has to. */
export function fits({ segments, rest }: Pattern, path: readonly string[]): boolean {
  if (rest === 'none' ? path.length !== segments.length : path.length <= segments.length) return false;
  return segments.every((segment, at) => (segment.startsWith(':') ? path[at] !== '' : segment === path[at]));
}
