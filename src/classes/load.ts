import { collect } from '../engine/body.ts';
import type { Context } from '../engine/context.ts';
import { type FetchFailure, failed } from '../engine/origin-call.ts';
import type { Identity } from '../identity/identity.ts';
import { textOf } from '../store/wire.ts';
import type { DataClass, Params } from '../strategy/types.ts';
import { jsonOf } from './json.ts';
import { type OriginAnswer, originAnswerOf } from './origin.ts';

/** What a cache-aside loader is given. The value that it returns is stored as JSON; one that JSON cannot hold is an error. */
export interface LoadContext<P extends Params = Params> {
  readonly params: P;
  readonly identity: Identity | null;
  readonly origin: OriginClient;
  /** Names a tag of this answer; only in a class with `tagsFromAnswer`. */
  tag(name: string): void;
}

// Method syntax, so that a loader of one class's parameters fits where any loader is needed.
export type Load<P extends Params = Params, V = unknown> = {
  bivarianceHack(context: LoadContext<P>): Promise<V>;
}['bivarianceHack'];

/** The origin as a loader sees it: with the edge's secret and the verified identity, within the deadline. */
export interface OriginClient {
  /**
   * The parsed body of a 200; any other answer ends the load and reaches the caller as it is. RFC 8259 §8.1: bytes that are not
   * UTF-8 are an error, and a byte order mark is ignored. Numbers are JavaScript's: of an integer beyond 2^53 the nearest one that
   * there is comes, without an error (9007199254740993 as 9007199254740992), so let the origin send such a number as text.
   */
  json(path: string): Promise<unknown>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** What is loaded, for whom. */
interface Loaded {
  readonly cls: Pick<DataClass, 'passHeaders'>;
  readonly load: Load;
  readonly params: Params;
  readonly owner: Identity | null;
}

/** Sends a request to the origin, as whoever it is sent for. */
export type Send = (path: string, init?: RequestInit) => Promise<Response>;

interface OriginAccess {
  readonly send: Send;
  /** Of an answer that is parsed. */
  readonly mostBytes: number;
}

/** The loader's value as an answer. Rejects with what the loader throws. */
export async function loadValue(
  { notes }: Pick<Context, 'notes'>,
  { cls, load, params, owner }: Loaded,
  access: OriginAccess,
): Promise<OriginAnswer | FetchFailure> {
  const tags: string[] = [];
  try {
    const origin = originClient(cls, access);
    const value = await load({ params, identity: owner, origin, tag: (name) => void tags.push(name) });
    const body = new TextEncoder().encode(jsonOf(value));
    const headers = [['content-type', 'application/json']] as const;
    return { is: 'answer', status: 200, headers, etag: null, tags, body, length: body.length };
  } catch (error) {
    if (error instanceof NotTheValue) return error.instead;
    notes.thrown = error;
    throw error;
  }
}

/** Carries an answer other than 200 out of a loader. */
class NotTheValue extends Error {
  readonly instead: OriginAnswer | FetchFailure;
  constructor(instead: OriginAnswer | FetchFailure) {
    super('the origin gave no value');
    this.instead = instead;
  }
}

const unfit = (why: string) => new NotTheValue(failed(`the answer to a loader is ${why}`));

function originClient(cls: Loaded['cls'], { send, mostBytes }: OriginAccess): OriginClient {
  return {
    fetch: send,
    async json(path) {
      const answer = originAnswerOf(await send(path), cls);
      if (answer.is === 'failed' || answer.status !== 200) throw new NotTheValue(answer);
      const bytes = await collect(answer, mostBytes);
      if (typeof bytes === 'string') throw unfit(bytes);
      const text = textOf(bytes);
      if (text === null) throw unfit('not UTF-8');
      return JSON.parse(text);
    },
  };
}
