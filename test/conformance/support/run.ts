import { createHash } from 'node:crypto';
import { bundle } from '../../../dev/bundle.ts';
import { startEdge } from '../../../dev/edge.ts';
import type { Ask, At, Case, Seen, Step, Variant } from './case.ts';
import { type Got, send } from './client.ts';
import { differences, seenDifferences } from './differences.ts';
import { linesOf, type Play, type ScriptedOrigin, startOrigin } from './origin.ts';

/** One workerd with the cache in it, before one scripted origin. */
export interface World {
  /** Throws with everything that was otherwise than the case says. */
  run(it: Case): Promise<void>;
  stop(): Promise<void>;
}

const ADMIN_TOKEN = 'only-for-the-conformance-suite';
const SECRET = 'only-the-edge-and-its-origin-know';

const setups: Record<Variant, object> = {
  plain: { options: {} },
  honoured: { options: { requestDirectives: 'honoured' } },
  impatient: { options: {}, bounds: { originMs: 300, uploadMs: 300 } },
};

let script: Promise<string> | undefined;

export async function startWorld(variant: Variant): Promise<World> {
  const startMs = Math.ceil(Date.now() / 1000) * 1000;
  let nowMs = startMs;
  async function control(path: string): Promise<void> {
    const { status, body } = await send(edge.url, { method: 'GET', path, lines: [] });
    if (status !== 204) throw new Error(`${path} was answered ${status} ${body}`);
  }
  async function passes(seconds: number): Promise<void> {
    nowMs += seconds * 1000;
    await control(`/__advance?ms=${seconds * 1000}`);
  }

  const origin = await startOrigin(passes);
  script ??= bundle('test/conformance/support/entry.ts');
  const edge = await startEdge({
    script: await script,
    bindings: {
      ENVIRONMENT: 'development',
      STORE: 'memory',
      ORIGIN_URL: origin.url,
      ORIGIN_SECRET: SECRET,
      API_KEYS: '{}',
      METRICS_FLUSH: 'off',
      ADMIN_TOKENS: JSON.stringify({
        suite: { sha256: createHash('sha256').update(ADMIN_TOKEN).digest('hex'), scopes: ['purge'] },
      }),
      CONFORMANCE: JSON.stringify({ origin: origin.url, nowMs: startMs, ...setups[variant] }),
    },
  });

  return {
    async run(it) {
      const at = (): At => ({ nowMs, path: `/${it.id}`, edge: edge.url, origin: origin.url });
      const run = new Run(it, origin.play(it, at), at, { origin, edge: edge.url, control, passes });
      await run.all();
    },
    async stop() {
      await edge.stop();
      await origin.close();
    },
  };
}

interface Parts {
  readonly origin: ScriptedOrigin;
  readonly edge: string;
  control(path: string): Promise<void>;
  passes(seconds: number): Promise<void>;
}

class Run {
  readonly #told: string[] = [];
  /** How often the origin had been asked when the last answer came that nothing in the background could follow. */
  #mark = 0;
  readonly #it: Case;
  readonly #play: Play;
  readonly #at: () => At;
  readonly #parts: Parts;

  constructor(it: Case, play: Play, at: () => At, parts: Parts) {
    this.#it = it;
    this.#play = play;
    this.#at = at;
    this.#parts = parts;
  }

  async all(): Promise<void> {
    try {
      for (const [i, step] of this.#it.steps.entries()) await this.#step(step, `step ${i + 1}`);
      if (!this.#it.lingers) await this.#settled();
    } finally {
      this.#play.release();
    }
    const { origin: scripted, spare } = this.#it;
    const times = this.#play.seen.length;
    if (times > scripted.length || (times < scripted.length && !spare))
      this.#told.push(`in all: the origin was asked ${times} times, expected ${scripted.length}`);
    if (this.#told.length > 0) throw new Error(`${this.#it.id}: ${this.#it.must}\n${this.#told.join('\n')}`);
  }

  async #step(step: Step, name: string): Promise<void> {
    const { origin, passes } = this.#parts;
    switch (step.do) {
      case 'ask':
        return this.#ask(step, name);
      case 'together':
        return this.#together(step.asks, name);
      case 'later':
        return passes(step.seconds);
      case 'settle': {
        await this.#settled();
        const seen = this.#play.seen.slice(this.#mark);
        this.#mark = this.#play.seen.length;
        if (seen.length !== step.asked)
          this.#told.push(
            `${name}: in the background the origin was asked ${seen.length} times, expected ${step.asked}`,
          );
        if (step.seen && step.asked > 0)
          this.#told.push(...seenDifferences(step.seen, seen.at(-1)).map((it) => `${name}: ${it}`));
        return;
      }
      case 'purge':
        return this.#purge(step.tags, name);
      case 'hold':
        return this.#play.hold();
      case 'release':
        return this.#play.release();
      default:
        return origin[step.do]();
    }
  }

  #send({ method, headers = {}, at = '', body }: Ask): Promise<Got> {
    const now = this.#at();
    const sent = {
      method,
      path: now.path + at,
      lines: linesOf(headers, now),
      ...(body !== undefined && { body }),
    };
    return send(this.#parts.edge, sent);
  }

  async #ask(ask: Ask, name: string): Promise<void> {
    const got = await this.#send(ask);
    this.#judge(ask, name, got, this.#play.seen.slice(this.#mark));
    if (ask.expect.from !== 'stale') this.#mark = this.#play.seen.length;
  }

  #judge(ask: Ask, name: string, got: Got, seen: readonly Seen[]): void {
    const told = differences(ask.expect, { method: ask.method, got, seen, sent: this.#play.sent });
    if (told.length === 0) return;
    const { status, headers } = got;
    const said = `${status}, Cache-Status ${headers['cache-status'] ?? 'none'}, Age ${headers['age'] ?? 'none'}`;
    this.#told.push(`${name}, ${ask.method} ${this.#at().path}${ask.at ?? ''} gave ${said}`);
    this.#told.push(...told.map((it) => `  ${it}`));
  }

  async #together(asks: readonly Ask[], name: string): Promise<void> {
    this.#play.hold();
    const sent = asks.map((ask) => this.#send(ask));
    await this.#parts.control(`/__inside?count=${asks.length}`);
    this.#play.release();
    // Who of them led is the cache's choice; what the origin was asked meanwhile is the leader's.
    const inOrder = (await Promise.all(sent)).sort((a, b) => collapsedLast(a) - collapsedLast(b));
    const seen = this.#play.seen.slice(this.#mark);
    this.#mark = this.#play.seen.length;
    for (const [i, ask] of asks.entries())
      this.#judge(ask, `${name}.${i + 1}`, inOrder[i]!, i === 0 ? seen : []);
  }

  async #purge(tags: readonly string[], name: string): Promise<void> {
    // A group is of one origin, which its tag names.
    const host = new URL(this.#parts.origin.url).host;
    const named = tags.map((tag) => tag.replace('@origin', host));
    const body = JSON.stringify({ public: true, tags: named });
    const lines = ['Authorization', `Bearer ${ADMIN_TOKEN}`, 'Content-Type', 'application/json'];
    const got = await send(this.#parts.edge, { method: 'POST', path: '/-/purge', lines, body });
    if (got.status !== 202) this.#told.push(`${name}: the purge was answered ${got.status} ${got.body}`);
    await this.#settled('-');
  }

  #settled(of = this.#it.id): Promise<void> {
    return this.#parts.control(`/__settled?of=${of}`);
  }
}

const collapsedLast = ({ headers }: Got) => (/; collapsed\b/.test(headers['cache-status'] ?? '') ? 1 : 0);
