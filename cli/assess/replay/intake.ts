import type { LogLine } from '../log-line.ts';
import type { RouteTemplates } from '../source.ts';
import { bounds } from './bounds.ts';
import { isCandidate, isWrite, RouteCounts } from './counts.ts';
import { blankEvent, type ReplayEvent } from './event.ts';
import { hashTag, hashTarget, type TargetHash } from './hash.ts';
import { RouteCache } from './route-cache.ts';

/** Where lines come in: each is counted with its route; what the replay wants is handed on as numbers, and no text is kept. */
export class Intake {
  requests = 0;
  fromMs = Number.POSITIVE_INFINITY;
  toMs = Number.NEGATIVE_INFINITY;
  /** By route number. */
  readonly routes: RouteCounts[] = [];
  readonly #templates: RouteTemplates;
  readonly #push: (event: ReplayEvent) => void;
  readonly #seed: number;
  readonly #cache = new RouteCache(bounds.rememberedPaths);
  readonly #event = blankEvent();
  readonly #hash: TargetHash = { pathLo: 0, pathHi: 0, keyLo: 0, keyHi: 0, pathEnd: 0 };

  constructor(templates: RouteTemplates, push: (event: ReplayEvent) => void, seed = 0) {
    this.#templates = templates;
    this.#push = push;
    this.#seed = seed;
  }

  /** `source`: the number of its log. `tells`: as `LogSource` has it. */
  take(line: LogLine, source: number, tells: number): void {
    const { timeMs, target } = line;
    this.requests++;
    if (timeMs < this.fromMs) this.fromMs = timeMs;
    if (timeMs > this.toMs) this.toMs = timeMs;
    const hash = this.#hash;
    hashTarget(target, hash, this.#seed);
    const route = this.#routeOf(target);
    const counts = this.#countsOf(route);
    const candidate = isCandidate(line);
    counts.count(line, candidate, tells);
    const write = isWrite(line);
    if (write) counts.writes++;
    if (!candidate && !write) return;
    const event = this.#event;
    event.timeMs = timeMs;
    event.source = source;
    event.keyLo = hash.keyLo;
    event.keyHi = hash.keyHi;
    event.pathLo = hash.pathLo;
    event.pathHi = hash.pathHi;
    event.route = route;
    event.isWrite = write;
    // RFC 9110 §15.4.5: a 304 has no content, so that its size says nothing of the representation's.
    event.bytes = line.status === 304 ? -1 : line.bytes;
    event.keyLength = target.length;
    event.durationMs = line.durationMs;
    event.etag = line.etag === null ? 0 : hashTag(line.etag);
    this.#push(event);
  }

  #routeOf(target: string): number {
    const { pathLo, pathHi, pathEnd } = this.#hash;
    const known = this.#cache.get(pathLo, pathHi);
    if (known >= 0) return known;
    const route = this.#templates.numberOf(pathEnd === target.length ? target : target.slice(0, pathEnd));
    this.#cache.set(pathLo, pathHi, route);
    return route;
  }

  #countsOf(route: number): RouteCounts {
    for (let at = this.routes.length; at <= route; at++) this.routes.push(new RouteCounts());
    return this.routes[route]!;
  }
}
