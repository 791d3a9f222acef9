import { type Publication, writeMessage } from '../../../src/queue/message.ts';
import { type Delivery, type Post, type Queue, QueueError } from '../../../src/queue/port.ts';
import type { Answer, TestEdge } from './world.ts';

/** A queue that a test delivers by hand. What it signs it knows by a word: the real signature has its own tests. */
export class HandQueue implements Queue {
  /** Taken, oldest first, and not delivered yet. */
  readonly taken: Publication[] = [];
  down = false;

  async publish(publications: readonly Publication[]): Promise<void> {
    if (this.down) throw new QueueError('unreachable');
    this.taken.push(...publications);
  }

  /** Posts that were taken, one of each id, as QStash has it. */
  readonly posts = new Map<string, Post>();

  /** Ids of posts that it has given up. */
  readonly givenUp = new Set<string>();

  /** Ids as they were handed over, again and again. */
  readonly handedOver: string[] = [];

  async post(posts: readonly Post[]): Promise<readonly boolean[]> {
    this.handedOver.push(...posts.map(({ id }) => id));
    if (this.down) throw new QueueError('unreachable');
    for (const it of posts) if (!this.posts.has(it.id)) this.posts.set(it.id, it);
    return posts.map(() => true);
  }

  async isAuthentic({ signature, to, post }: Delivery): Promise<boolean> {
    return signature === `signed for ${to}${post === undefined ? '' : ` of ${post}`}`;
  }

  /** What was taken, in short: `apply`, `verify +31s` … */
  get says(): string[] {
    return this.taken.map(({ message, delayMs }) =>
      [message.step, ...(delayMs > 0 ? [`+${delayMs / 1000}s`] : [])].join(' '),
    );
  }

  /** Delivers the oldest of this step to an edge. */
  async deliver(edge: TestEdge, step: string, { retried = 0 } = {}): Promise<Answer> {
    const at = this.taken.findIndex(({ message }) => message.step === step);
    if (at < 0) throw new Error(`no ${step} was taken: ${this.says.join(', ')}`);
    const [{ message }] = this.taken.splice(at, 1) as [Publication];
    return edge.get('/-/deliveries', delivery(writeMessage(message), { 'Upstash-Retried': String(retried) }));
  }

  /** As QStash reports that it has given the oldest of this step up. */
  async giveUp(edge: TestEdge, step: string): Promise<Answer> {
    const at = this.taken.findIndex(({ message }) => message.step === step);
    const [{ message }] = this.taken.splice(at, 1) as [Publication];
    const sourceBody = new TextEncoder().encode(writeMessage(message)).toBase64();
    const body = JSON.stringify({
      status: 503,
      retried: 5,
      maxRetries: 5,
      sourceBody,
      url: 'https://edge.test',
    });
    return edge.get('/-/failures', delivery(body, { 'Upstash-Signature': 'signed for failures' }));
  }

  /** As QStash reports that it has given a post up, whose receiver has answered so; it may report it again. */
  async giveUpPost(edge: TestEdge, id: string, status = 503): Promise<Answer> {
    this.givenUp.add(id);
    const sourceBody = new TextEncoder().encode(this.posts.get(id)!.body).toBase64();
    const signature = `signed for failures of ${id}`;
    const body = JSON.stringify({ status, retried: 4, maxRetries: 4, sourceBody });
    return edge.get(`/-/failures?post=${id}`, delivery(body, { 'Upstash-Signature': signature }));
  }
}

/** As the queue posts it. */
export const delivery = (body: string, headers: Record<string, string> = {}) => ({
  as: null,
  method: 'POST',
  headers: { 'Upstash-Signature': 'signed for deliveries', 'Content-Type': 'application/json', ...headers },
  body,
});
