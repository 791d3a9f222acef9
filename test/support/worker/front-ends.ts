import type { Bounds } from '../../../src/bounds.ts';
import type { MemoryStore } from '../../../src/store/memory.ts';
import { Names } from '../../../src/store/names.ts';
import type { RolloutDefinition } from '../../../src/strategy/rollout-types.ts';
import type { Duration, Share } from '../../../src/strategy/types.ts';
import { httpWorld } from '../../http-cache/support.ts';
import { sleeps } from './clock.ts';
import { json } from './origin.ts';
import { aClass, world } from './world.ts';

/** Where the edges of both front ends answer, and their origin too. */
export const path = '/report/r1';

/** By which the HTTP cache stores an answer for as long as a class of `aClass` does, which ignores it. */
export const fresh = { 'Cache-Control': 'max-age=10' };

/** JSON that both may store for 10 s. */
export const storable =
  (value: object, headers: Readonly<Record<string, string>> = {}) =>
  (): Response =>
    json(value, { headers: { ...fresh, ...headers } });

export const times = <T>(count: number, ask: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, ask));

/** `Cache-Status` of who waited for another's fetch: of the leader alone it says that its answer is stored. */
export const collapsed = 'Stillfresh; fwd=uri-miss; fwd-status=200; collapsed';

/** What a class declares; the HTTP cache is told the first two, and takes the others from each answer's `Cache-Control`. */
export interface FrontEndOptions {
  readonly maxBytes?: number;
  readonly bounds?: Partial<Bounds>;
  /** Tags named by the answer count. In the HTTP cache they always do. */
  readonly tagsFromAnswer?: boolean;
  readonly staleWhileRevalidate?: '60s';
  readonly staleIfError?: '1h';
  readonly compare?: Share;
  readonly compareIgnoring?: readonly string[];
  readonly freshWithin?: Duration;
  readonly rollout?: RolloutDefinition;
  /** Default 1 s. */
  readonly l1?: Duration;
  /** Default 10 s; the HTTP cache goes by `storable`. */
  readonly ttl?: Duration;
  readonly settings?: Readonly<Record<string, string>>;
}

export type FrontEndWorld = ReturnType<typeof httpWorld> & {
  /** Purges what is stored at `path`, or by another tag. */
  readonly purge: (tag?: string) => Promise<void>;
  /** Leaves this in the lock's place for a second. */
  readonly leaveMarker: (marker: string) => Promise<void>;
};

/** A front end, as tests see it that say the same of both. */
export interface FrontEnd {
  readonly name: string;
  readonly world: (options?: FrontEndOptions) => FrontEndWorld;
  /** In full, of what is stored at `path`. */
  readonly key: string;
  readonly generationOf: (tag: string) => string;
  /** `Cache-Status` of what is fetched again after its ttl. */
  readonly expired: string;
  /** Whether those who wait are given what was not stored, or fetch for themselves. */
  readonly sharesUnstored: boolean;
  /** Whether the origin's 5xx is passed on as it is, or becomes a problem. */
  readonly passesErrorsOn: boolean;
  /** The bound of how long others wait for the end of a body that is passed on. */
  readonly othersWait: 'originMs' | 'streamMs';
}

const classes: Omit<FrontEnd, 'world'> = {
  name: 'classes',
  key: 'report:v1:tenant:acme:r1',
  generationOf: (tag) => `gen:acme:${tag}`,
  expired: 'Stillfresh; fwd=stale; stored; fwd-status=200; detail=expired',
  sharesUnstored: true,
  passesErrorsOn: false,
  othersWait: 'originMs',
};

const httpCaches: Omit<FrontEnd, 'world'> = {
  name: 'HTTP cache',
  key: 'http:v1:tenant:@public:https%3A%2F%2Forigin.test:%2Freport%2Fr1',
  generationOf: (tag) => `gen:@public:${tag}`,
  expired: 'Stillfresh; fwd=stale; stored; fwd-status=200',
  sharesUnstored: false,
  passesErrorsOn: true,
  othersWait: 'streamMs',
};

export const frontEnds: readonly FrontEnd[] = [
  {
    ...classes,
    world: ({ bounds = {}, settings = {}, ...declared } = {}) => {
      // As patient as the HTTP cache is, so that one test holds for both.
      const patience = { valueReadFirstMs: sleeps.firstBytes, ...bounds };
      const made = world([aClass(declared)], { settings, bounds: patience });
      const purge = (tag = 'report:r1') => made.purge(tag);
      return { ...made, purge, leaveMarker: (marker) => leaveMarker(made.store, classes.key, marker) };
    },
  },
  {
    ...httpCaches,
    world: ({ bounds = {}, settings = {}, compare = '0%', compareIgnoring = [], ...more } = {}) => {
      const { maxBytes, rollout, l1, freshWithin } = more;
      const options = {
        ...{ compare, compareIgnoring },
        ...(maxBytes !== undefined && { maxBytes }),
        ...(rollout && { rollout }),
        ...(l1 && { l1 }),
        ...(freshWithin && { freshWithin }),
      };
      const made = httpWorld(options, { settings, bounds, as: null });
      const purge = (tag = `uri:${path}`) => made.purge(tag);
      return { ...made, purge, leaveMarker: (marker) => leaveMarker(made.store, httpCaches.key, marker) };
    },
  },
];

/** The lock of the entry with this full key. */
export const lockOf = (key: string): Promise<string> => new Names('').lock(key.split(':')[0]!, key);

async function leaveMarker(store: MemoryStore, key: string, marker: string): Promise<void> {
  const lock = await lockOf(key);
  await store.lease({
    key,
    lock,
    generationNames: [],
    token: marker,
    takeLock: true,
    lockMs: 1_000,
    generationMs: 1,
  });
}
