import * as z from 'zod';
import { durationText } from '../../src/strategy/duration.ts';
import type { Verdict } from '../assess/assessment.ts';
import { exit, Failure } from '../failure.ts';
import { type GivenAnswers, type GivenItem, slugOf } from './answers.ts';

/** What is read of `npm run assess -- FILE --json`. */
const shape = z.looseObject({
  routes: z.array(
    z.looseObject({
      route: z.string(),
      verdict: z.enum(['cache', 'per-tenant', 'per-user', 'no']),
      why: z.string(),
      knee: z.looseObject({ ttl_s: z.number().positive() }).nullable(),
      methods: z.record(z.string(), z.number()).optional(),
    }),
  ),
});

const who = { cache: 'public', 'per-tenant': 'tenant', 'per-user': 'user' } as const satisfies Partial<
  Record<Verdict, string>
>;

/** What decides how a route is cached. */
export interface JudgedRoute {
  readonly route: string;
  readonly verdict: Verdict;
  readonly why: string;
  readonly knee: { readonly ttl_s: number } | null;
  readonly methods?: Readonly<Record<string, number>> | undefined;
}

/** The routes that are worth caching, as answers to the fourth question. Throws a `Failure`. */
export function itemsOf(text: string): GivenAnswers['data'] {
  const items = itemsOfRoutes(read(text).routes);
  if (items.length === 0)
    throw new Failure(
      exit.refused,
      '--from: the assessment finds nothing worth caching; give the data by --answers',
    );
  return items.map(({ item }) => item);
}

/** Those worth caching, each as an answer. */
export function itemsOfRoutes(
  routes: readonly JudgedRoute[],
): readonly { readonly route: string; readonly item: GivenItem }[] {
  const worthIt = routes.flatMap(({ verdict, ...it }) =>
    verdict === 'no' ? [] : [{ ...it, who: who[verdict] }],
  );
  const used = new Set<string>();
  return worthIt.map((it) => ({
    route: it.route,
    item: {
      name: nameFor(it.route, used),
      path: pathOf(it.route),
      who: it.who,
      ttl: durationText((it.knee?.ttl_s ?? 300) * 1000),
      written: it.who !== 'public' && (it.methods?.['PATCH'] ?? 0) > 0,
      why: it.why.slice(0, 2_000),
    },
  }));
}

function read(text: string): z.output<typeof shape> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Failure(exit.refused, '--from: is not JSON; give what npm run assess -- FILE --json prints');
  }
  const { data, error } = shape.safeParse(json);
  if (data) return data;
  const { path, message } = error!.issues[0]!;
  throw new Failure(
    exit.refused,
    `--from: ${path.join('.')}: ${message}; give what npm run assess -- FILE --json prints`,
  );
}

/** What a path of ours cannot hold is left out of it, so that the route can be mended by hand. */
const pathOf = (route: string): string =>
  route
    .split('/')
    .map((it) =>
      it.startsWith(':')
        ? `:${/\.\w+$/.test(it) ? 'file' : it.slice(1).replace(/\W/g, '_')}`
        : it.replace(/[^A-Za-z0-9_.~-]/g, '-'),
    )
    .join('/')
    .replace(/(?<=.)\/$/, '') || '/';

/** Of the words in the path: `/v1/invoices/:id` is an `invoice`, `/v1/invoices` are `invoices`. */
function nameFor(route: string, used: Set<string>): string {
  const segments = route.split('/').filter((it) => it !== '' && !/^v\d+$/.test(it));
  const words = segments.filter((it) => !it.startsWith(':'));
  const isItem = segments.at(-1)?.startsWith(':') ?? false;
  const last = words.at(-1) ?? 'page';
  const name =
    slugOf([...words.slice(0, -1), isItem ? last.replace(/(?<=[a-z]{2}[^sui])s$/, '') : last].join('-')) ||
    'page';
  // In code hyphens go: `page-1` and `page1` would be one.
  const asCode = (it: string) => it.replaceAll('-', '');
  let free = name;
  for (let n = 2; used.has(asCode(free)); n++) free = `${name.slice(0, 37)}-${n}`;
  used.add(asCode(free));
  return free;
}
