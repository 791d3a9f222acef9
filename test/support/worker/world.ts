import * as z from 'zod';
import { bounds as allBounds, type Bounds } from '../../../src/bounds.ts';
import type { Load } from '../../../src/classes/load.ts';
import { path } from '../../../src/classes/params.ts';
import { cached, written } from '../../../src/classes/route.ts';
import { type Edge, edge as makeEdge } from '../../../src/edge/edge.ts';
import type { Worker } from '../../../src/edge/worker.ts';
import type { Context, Isolate } from '../../../src/engine/context.ts';
import { type Note, newNotes, type Remark, remarkText } from '../../../src/engine/notes.ts';
import type { Queue } from '../../../src/queue/port.ts';
import { createMemoryStore, type MemoryStore } from '../../../src/store/memory.ts';
import { Names } from '../../../src/store/names.ts';
import { dataClass } from '../../../src/strategy/data-class.ts';
import { defineStrategy, type Strategy } from '../../../src/strategy/define.ts';
import type { DataClass, DataClassDefinition } from '../../../src/strategy/types.ts';
import type { LogLine } from '../../../src/telemetry/log.ts';
import {
  createEndpoint,
  createIssuer,
  goodClaims,
  type Issuer,
  seconds,
  settings,
} from '../../identity/issuer.ts';
import { purgeAsk } from '../purge.ts';
import { FakeClock } from './clock.ts';
import { ScriptedOrigin } from './origin.ts';
import { WatchedStore } from './watched-store.ts';

/** Reports of a tenant, fresh for 10 s, read through from `/report/{id}`; each test says what is different. */
export function aClass(
  different: Partial<DataClassDefinition<{ id: string }>> = {},
): DataClass<{ id: string }> {
  const { name = 'report', read = 'read-through' } = different;
  return dataClass({
    name,
    version: 1,
    scope: 'tenant',
    key: '{id}',
    params: z.object({ id: z.string() }),
    access: 'tenant',
    tags: [`${name}:{id}`],
    read,
    ...(read === 'read-through' && { origin: `/${name}/{id}` }),
    ttl: '10s',
    rationale: 'for a test',
    ...different,
  });
}

export interface WorldOptions {
  /** Vars and secrets that differ. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly bounds?: Partial<Bounds>;
  /** Default: the classes, and nothing more. */
  readonly strategy?: Strategy;
  /** For cache-aside classes. Default: the JSON at the origin, under the request's path. */
  readonly load?: Load;
  /** Takes purges on; without it they are applied at once. */
  readonly queue?: Queue;
  /** Who asks, unless a request says otherwise. Default `ann@acme`. */
  readonly as?: string | null;
  /** Further routes of each edge. */
  readonly routes?: (app: Edge) => unknown;
}

export interface Asked {
  /** `user@tenant`; null sends no token. Default: as the world says. */
  readonly as?: string | null;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly cacheStatus: string | null;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** Null when the body is not JSON. */
  readonly json: unknown;
}

/**
 * A clock, an origin, a store, and edges around them. Every edge is an isolate of its own: they share the store and
 * nothing else. Each class is at `/<name>/:param…`, with PATCH where it writes through.
 */
export function world(classes: readonly DataClass[], options: WorldOptions = {}) {
  const clock = new FakeClock();
  const origin = new ScriptedOrigin();
  const store = createMemoryStore({ now: clock.now });
  const chance = { random: () => 0.5 };
  /** `different`: of another version of the Worker. */
  const makeOne = (different: WorldOptions = {}) =>
    new TestEdge(classes, { ...options, ...different }, { clock, origin, store, chance });
  return {
    clock,
    origin,
    chance,
    edge: makeOne(),
    anotherEdge: makeOne,
    purge: purgeOf(store, clock),
    store,
  };
}

interface Surroundings {
  readonly clock: FakeClock;
  readonly origin: ScriptedOrigin;
  readonly store: MemoryStore;
  readonly chance: { random: () => number };
}

export class TestEdge {
  readonly redis: WatchedStore;
  readonly log: LogLine[] = [];
  readonly app: Edge;
  readonly #env: Readonly<Record<string, string>>;
  readonly #as: string | null;
  readonly #background = new Set<Promise<unknown>>();

  constructor(
    classes: readonly DataClass[],
    options: WorldOptions,
    { clock, origin, store, chance }: Surroundings,
  ) {
    this.redis = new WatchedStore(store);
    this.#env = { ...goodSettings, ...options.settings };
    this.#as = options.as === undefined ? 'ann@acme' : options.as;
    const strategy = options.strategy ?? defineStrategy({ classes });
    const jwks = issuer().then((it) => createEndpoint(it));
    this.app = makeEdge(strategy, {
      clock,
      store: this.redis,
      ...(options.queue && { queue: options.queue }),
      random: () => chance.random(),
      bounds: { ...allBounds, flushRequests: 0, ...options.bounds },
      log: (line) => void this.log.push(line),
      fetch: async (url, init) =>
        String(url) === settings.jwksUrl ? (await jwks).fetch(url, init) : origin.fetch(String(url), init),
    });
    for (const cls of classes) mount(this.app, cls, options.load);
    options.routes?.(this.app);
  }

  /** Asks, reads the answer, and waits for what it left to do in the background. */
  async get(path: string, asked: Asked = {}): Promise<Answer> {
    const answer = await this.ask(path, asked);
    await this.settled();
    return answer;
  }

  /** Asks and reads the answer; what goes on in the background goes on. */
  async ask(path: string, asked: Asked = {}): Promise<Answer> {
    return read(await this.send(path, asked));
  }

  /** The answer as it comes, its body not read. */
  async send(path: string, asked: Asked = {}): Promise<Response> {
    return this.answer(await this.request(path, asked));
  }

  async answer(request: Request): Promise<Response> {
    return this.app.fetch(request, this.#env, this.#context());
  }

  /** Runs the cron trigger, and what it leaves to do in the background. */
  async cron(of: Worker): Promise<void> {
    const controller = { cron: '*/5 * * * *' } as ScheduledController;
    await of.scheduled(controller, this.#env, this.#context());
    await this.settled();
  }

  #context(): ExecutionContext {
    const context = {
      waitUntil: (work: Promise<unknown>) => this.#anchor(work),
      passThroughOnException: () => {},
      props: {},
    };
    return context as unknown as ExecutionContext;
  }

  async request(path: string, { as = this.#as, method = 'GET', headers = {}, body }: Asked = {}) {
    return new Request(`https://edge.test${path}`, {
      method,
      headers: { ...(as !== null && { Authorization: `Bearer ${await tokenOf(as)}` }), ...headers },
      ...(body !== undefined && { body }),
    });
  }

  /** What outlives its requests. */
  get isolate(): Isolate {
    return this.app.ready(this.#env).isolate;
  }

  /** As the cron has one. */
  get context(): Context {
    const waitUntil = (work: Promise<unknown>) => this.#anchor(work);
    return { isolate: this.isolate, identity: null, deadlineMs: 0, waitUntil, notes: newNotes() };
  }

  /** Resolves when nothing is left to do; rejects if background work did, which it never should. */
  async settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
  }

  /** What was noted in the log since the start, each as often as it was written. */
  get notes(): unknown[] {
    return this.log.flatMap(({ notes }) => notes ?? []);
  }

  /** The same with what is said of them besides: `redis-refused: NOPERM`. */
  get remarks(): string[] {
    return this.log.flatMap(({ notes = [], failures = [] }) => {
      const told = failures as readonly Remark[];
      const plain = (notes as readonly Note[]).filter((note) => told.every((it) => it.note !== note));
      return [...told, ...plain.map((note) => ({ note }))].map(remarkText);
    });
  }

  #anchor(work: Promise<unknown>): void {
    this.#background.add(work);
    work.then(
      () => this.#background.delete(work),
      () => {},
    );
  }
}

interface Purging {
  /** Null: of public data. Default `acme`. */
  readonly tenant?: string | null;
  readonly mode?: 'hard' | 'soft';
}

/** Purges `report:r1` of a tenant at once, as a webhook would through another isolate. */
function purgeOf(store: MemoryStore, clock: FakeClock) {
  const names = new Names('');
  return async (tag: string, { tenant = 'acme', mode = 'hard' }: Purging = {}): Promise<void> => {
    await store.purge(await purgeAsk(names, clock.now(), { tenant, tags: [tag], mode }));
  };
}

function mount(app: Edge, cls: DataClass, load: Load | undefined): void {
  const at = ['', cls.name, ...cls.paramNames.map((name) => `:${name}`)].join('/');
  const params = Object.fromEntries(cls.paramNames.map((name) => [name, path(name)]));
  const fromOrigin: Load = ({ params: values, origin }) =>
    origin.json(`/${[cls.name, ...Object.values(values)].join('/')}`);
  app.get(at, cached(cls, { params, ...(cls.read === 'cache-aside' && { load: load ?? fromOrigin }) }));
  if (cls.writeThrough) app.patch(at, written(cls, { params }));
}

export const goodSettings = {
  // Not development: `Cache-Status` then has no key in it. Said twice, because the store is injected here.
  STORE: 'memory memory',
  ORIGIN_URL: 'https://origin.test',
  ORIGIN_SECRET: 'the-secret-of-the-edge',
  JWKS_URL: settings.jwksUrl,
  JWT_ISSUER: settings.issuer,
  JWT_AUDIENCE: settings.audience,
};

let oneIssuer: Promise<Issuer> | undefined;
const issuer = () => {
  oneIssuer ??= createIssuer();
  return oneIssuer;
};

const tokens = new Map<string, Promise<string>>();

/** A token of `user@tenant` that outlives every test. */
function tokenOf(who: string): Promise<string> {
  const [sub, tenant] = who.split('@');
  const made =
    tokens.get(who) ??
    issuer().then((it) => it.sign({ ...goodClaims, sub: sub!, tenant, exp: seconds + 365 * 86_400 }));
  tokens.set(who, made);
  return made;
}

async function read(response: Response): Promise<Answer> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const { status, headers } = response;
  return { status, headers, cacheStatus: headers.get('Cache-Status'), bytes, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
