/** What `npm run assess -- FILE… --json` prints. Shares are between 0 and 1. */
export interface Assessment {
  /** Lines that could be read, of all methods. */
  readonly requests: number;
  readonly malformed: number;
  /** Lines that stood so far from their place in the order of times that they were replayed too late; 0 in logs that are short or nearly in order. */
  readonly late: number;
  /** First and last time of a line, ISO 8601; null: there was none. */
  readonly from: string | null;
  readonly to: string | null;
  readonly files: readonly AssessedFile[];
  /** Every one, that with the most requests first. */
  readonly routes: readonly RouteAssessment[];
  /** Of all routes together. */
  readonly curve: readonly CurvePoint[];
  /** What all routes together would need whose verdict is to cache. */
  readonly total: Estimate;
}

export interface AssessedFile {
  /** As it was given; `-`: standard input. */
  readonly file: string;
  /** As it was recognised: `combined`, `common`, `nginx-json`, … */
  readonly format: string;
  readonly lines: number;
  readonly malformed: number;
  /** The first of them, with why; at most five. Without query and with controls masked. */
  readonly examples: readonly { readonly line: number; readonly text: string; readonly why: string }[];
}

export type Verdict = 'cache' | 'per-tenant' | 'per-user' | 'no';

export interface RouteAssessment {
  /** A template such as `/v1/invoices/:id`; by `--no-templates` a path. */
  readonly route: string;
  /** Of all methods and statuses. */
  readonly requests: number;
  /** How many by method. */
  readonly methods: Readonly<Record<string, number>>;
  /** Requests that a cache could answer: GET, answered 200 or 304. */
  readonly candidates: number;
  /** Different keys (path and query) of the candidates. */
  readonly keys: number;
  /** Of the body of a candidate, on average; null: the log does not say. */
  readonly mean_bytes: number | null;
  /** Share of the candidates whose key had been asked before. */
  readonly repeat_ratio: number;
  /** Share of the candidates that bear each sign; null: the log does not say. */
  readonly signs: Readonly<
    Record<'cookie' | 'authorization' | 'private' | 'public' | 'set_cookie', number | null>
  >;
  /** How often what a key names changed between two requests for it, a share; null: the log does not show it. `by`: what showed it. */
  readonly change: {
    readonly share: number | null;
    readonly by: 'etag' | 'size' | 'writes' | null;
    readonly writes: number;
  };
  readonly curve: readonly CurvePoint[];
  /** The TTL of the curve beyond which a longer one gains little; null: nothing repeats. */
  readonly knee: CurvePoint | null;
  /** Requests that met a fetch of their key under way, and would have waited for it; by the logged durations, else by `assumed_ms`. */
  readonly stampedes: { readonly collapsed: number; readonly assumed_ms: number | null };
  /** At the knee. */
  readonly estimate: Estimate;
  readonly verdict: Verdict;
  /** One sentence. */
  readonly why: string;
}

export interface CurvePoint {
  readonly ttl_s: number;
  readonly hits: number;
  /** Candidates. */
  readonly requests: number;
  readonly hit_rate: number;
  /** False: of a sample of the keys; `error` is then half the width of its 95 % interval. */
  readonly exact: boolean;
  readonly error: number;
}

/** For a month of traffic as in the log. Prices in US dollars. */
export interface Estimate {
  /** Bytes stored at once, at most, keys and generations included. */
  readonly memory_bytes: number;
  readonly redis_commands: number;
  /** Of the cheapest plan of Upstash that is enough. */
  readonly price: number;
  readonly plan: string;
  /** That plan, and the cheapest of each other kind (free, by use, fixed) that is enough; the cheapest first. */
  readonly prices: readonly { readonly plan: string; readonly price: number }[];
  readonly origin_requests: number;
  readonly origin_requests_saved: number;
  readonly bytes_saved: number;
  /** What the saved requests of the origin would have cost, and that less the price of Redis: an estimate by a price of the origin that is given or assumed. */
  readonly origin_saving: number;
  readonly net_saving: number;
}
