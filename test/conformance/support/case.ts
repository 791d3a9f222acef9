/** A case as data: what the origin answers, what is asked, and what must come back. */
export interface Case {
  /** Unique, of `a-z0-9-`: also its path at the edge. */
  readonly id: string;
  readonly rfc: string;
  readonly must: string;
  /** In the order in which the origin is asked, whatever is asked. It must be asked for exactly these. */
  readonly origin: readonly (Answer | ((seen: Seen) => Answer))[];
  readonly steps: readonly Step[];
  /** Which edge it runs on. Default `plain`. */
  readonly on?: Variant;
  /** The origin need not be asked for all of its answers. */
  readonly spare?: true;
  /** Its work in the background goes on for long, and is not waited for. */
  readonly lingers?: true;
}

/** `plain`: all defaults. `honoured`: obeys request directives. `impatient`: gives the origin up after a moment. */
export type Variant = 'plain' | 'honoured' | 'impatient';

/** The moment and the places, for values that depend on them. */
export interface At {
  readonly nowMs: number;
  /** Of the case: `/its-id`. */
  readonly path: string;
  /** As clients name the edge, and the edge the origin: `http://127.0.0.1:1234`. */
  readonly edge: string;
  readonly origin: string;
}

/** Several strings are several lines; null leaves a default out. */
export type Value = string | readonly string[] | null | ((at: At) => string);
export type Fields = Readonly<Record<string, Value>>;

export interface Answer {
  /** Default 200. */
  readonly status?: number;
  /** Beside `Date` (the edge's clock), `Content-Type` and `Content-Length`. */
  readonly headers?: Fields;
  /** Several strings are sent in chunks. Default `answer N`. */
  readonly body?: string | Uint8Array | readonly string[];
  /** Instead of all this: bytes as they are, after which the connection ends. */
  readonly raw?: string | ((at: At) => string);
  /** Never answers. */
  readonly hangs?: true;
  /** So many seconds pass at the edge between request and answer; `Date` is from before. */
  readonly takesS?: number;
}

/** A request as the origin had it; header names in lower case, lines joined. */
export interface Seen {
  readonly method: string;
  /** Behind the case's own path. */
  readonly at: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** null: absent. */
export type Wanted = string | RegExp | null | ((value: string | undefined) => boolean);

export interface SeenWanted {
  readonly method?: string;
  readonly at?: string;
  readonly headers?: Readonly<Record<string, Wanted>>;
  readonly body?: string;
}

/** Where an answer has to come from. */
export type From =
  /** The store, and the origin is not asked. */
  | 'cache'
  /** The store, while the origin may be asked in the background. */
  | 'stale'
  /** The origin, asked once. */
  | 'origin'
  /** The store, after the origin was asked once. */
  | 'checked'
  /** The edge itself. */
  | 'edge'
  /** All the same. */
  | 'either';

export interface Expect {
  readonly from: From;
  /** Whose status and body it has; `latest`: the one that the origin has just given; null: whatever. */
  readonly shows: number | 'latest' | null;
  /** Instead of those of the answer that is shown. */
  readonly status?: number | readonly number[];
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, Wanted>>;
  /** Fields that are as the origin sent them with the answer that is shown. */
  readonly keeps?: readonly string[];
  /** Of our member of `Cache-Status`; null: the parameter is absent. */
  readonly fwd?: string | null;
  readonly detail?: string | null;
  readonly ttl?: number | null;
  readonly stored?: boolean;
  readonly collapsed?: boolean;
  readonly fwdStatus?: number | null;
  readonly seen?: SeenWanted;
}

export interface Ask {
  readonly method: string;
  readonly expect: Expect;
  readonly headers?: Fields;
  /** Behind the case's own path: `/b`, `?q=1`. */
  readonly at?: string;
  readonly body?: string | readonly string[];
}

export type Step =
  | ({ readonly do: 'ask' } & Ask)
  /** Asked at once; the origin answers when all have arrived. */
  | { readonly do: 'together'; readonly asks: readonly Ask[] }
  | { readonly do: 'later'; readonly seconds: number }
  /** Waits for work in the background; since the last answer that could not be stale the origin was asked so often. */
  | { readonly do: 'settle'; readonly asked: number; readonly seen?: SeenWanted }
  | { readonly do: 'purge'; readonly tags: readonly string[] }
  /** Holds the origin's answers back, or the origin accepts no connection; and the end of it. */
  | { readonly do: 'hold' | 'release' | 'down' | 'up' };

type More = Partial<Expect>;

/** From the store, without a question to the origin. */
export const cached = (shows = 1, more: More = {}): Expect => ({ from: 'cache', shows, ...more });
/** From the store, though no longer fresh; the origin may be asked in the background. */
export const stale = (shows = 1, more: More = {}): Expect => ({ from: 'stale', shows, ...more });
/** What the origin has just answered. */
export const fetched = (more: More = {}): Expect => ({ from: 'origin', shows: 'latest', ...more });
/** From the store, the origin having said 304. */
export const validated = (shows = 1, more: More = {}): Expect => ({
  from: 'checked',
  shows,
  fwdStatus: 304,
  ...more,
});
/** From the store, because the origin failed. */
export const covered = (shows = 1, more: More = {}): Expect => ({ from: 'checked', shows, ...more });
/** 304 by the cache itself. */
export const notModified = (more: More = {}): Expect => ({
  from: 'cache',
  shows: null,
  status: 304,
  body: '',
  ...more,
});
/** A problem that the edge makes, because the origin gave nothing usable. */
export const problem = (status: number | readonly number[], more: More = {}): Expect => ({
  from: 'edge',
  shows: null,
  status,
  headers: { 'Content-Type': 'application/problem+json' },
  ...more,
});
/** The origin was asked once; what came of it is as said, or does not matter. */
export const asked = (more: More = {}): Expect => ({ from: 'origin', shows: null, ...more });
/** What another request's fetch has brought. */
export const collapsed = (shows = 1, more: More = {}): Expect => ({
  from: 'either',
  shows,
  collapsed: true,
  ...more,
});
/** Where it came from is the cache's choice. */
export const either = (more: More = {}): Expect => ({ from: 'either', shows: null, ...more });

export const ask = (method: string, expect: Expect, more: Omit<Ask, 'method' | 'expect'> = {}): Step => ({
  do: 'ask',
  method,
  expect,
  ...more,
});
export const get = (expect: Expect, headers: Fields = {}, at = ''): Step =>
  ask('GET', expect, { headers, at });
export const head = (expect: Expect, headers: Fields = {}, at = ''): Step =>
  ask('HEAD', expect, { headers, at });
export const together = (...asks: readonly Omit<Ask, 'method'>[]): Step => ({
  do: 'together',
  asks: asks.map((it) => ({ method: 'GET', ...it })),
});
export const later = (seconds: number): Step => ({ do: 'later', seconds });
export const settle = (times: number, seen: SeenWanted = {}): Step => ({ do: 'settle', asked: times, seen });
export const purge = (...tags: readonly string[]): Step => ({ do: 'purge', tags });
export const hold: Step = { do: 'hold' };
export const release: Step = { do: 'release' };
export const down: Step = { do: 'down' };
export const up: Step = { do: 'up' };

/** A field that is not, or not only, what the client sent. */
export const without = (part: string) => (value: string | undefined) => !(value ?? '').includes(part);
