import { Command, Redis } from 'ioredis';

/** Redis on this machine answers a connection at once; a named one may be elsewhere. */
const connectMs = 2_000;
/** No byte for this long while a command waits: the connection is taken for dead. */
const silenceMs = 5_000;

export type Arg = string | Buffer;

/** The connection is gone or cannot be had: as opposed to an error that Redis replied. */
export class Unreachable extends Error {}

/** One connection to Redis. It connects when a command needs it, so the first command after Redis is back succeeds. */
export class RedisLink {
  readonly #redis: Redis;
  #connecting: Promise<void> | undefined;
  #gathering = false;
  #lastError = 'connection closed';

  constructor(url: string) {
    this.#redis = new Redis(url, {
      lazyConnect: true,
      // Nothing is queued or sent again behind our back: a command runs once, now, or is reported as failed.
      retryStrategy: null,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: connectMs,
      socketTimeout: silenceMs,
      disableClientInfo: true,
      // Upstash answers in the shapes of RESP2.
      protocol: 2,
    });
    this.#redis.on('error', (error: Error & { code?: string }) => {
      this.#lastError = error.code ?? error.message;
    });
  }

  /** Sends the commands together and in order. A reply is a Buffer, number, null, array, or the error that Redis replied. */
  async run(commands: readonly (readonly Arg[])[]): Promise<unknown[]> {
    if (this.#redis.status !== 'ready') await this.#connect();
    this.#gather();
    return Promise.all(commands.map((command) => this.#send(command)));
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** One write for all commands that arrive in the same turn of the event loop: system calls are what a gateway costs. */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    const { stream } = this.#redis;
    stream.cork();
    setImmediate(() => {
      this.#gathering = false;
      stream.uncork();
    });
  }

  async #send([name, ...args]: readonly Arg[]): Promise<unknown> {
    try {
      // Upper case: the client rewrites some replies, HGETALL's for one, of commands in lower case.
      return await this.#redis.sendCommand(new Command(String(name).toUpperCase(), args));
    } catch (error) {
      if ((error as Error).name === 'ReplyError') return error;
      throw new Unreachable(this.#lastError);
    }
  }

  #connect(): Promise<void> {
    this.#connecting ??= this.#redis
      .connect()
      .catch(() => {
        throw new Unreachable(this.#lastError);
      })
      .finally(() => {
        this.#connecting = undefined;
      });
    return this.#connecting;
  }
}
