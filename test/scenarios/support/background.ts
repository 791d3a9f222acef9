/** What runs in `waitUntil`, so that a test can wait for it. Runs in workerd, beside the Worker. */
const background = new Set<Promise<unknown>>();

export interface BackgroundContext {
  readonly props: unknown;
  passThroughOnException(): void;
  waitUntil(work: Promise<unknown>): void;
}

export function watched<C extends BackgroundContext>(ctx: C): C {
  const context: BackgroundContext = {
    props: ctx.props,
    passThroughOnException: () => ctx.passThroughOnException(),
    waitUntil(work) {
      const settled: Promise<unknown> = Promise.allSettled([work]).then(() => background.delete(settled));
      background.add(settled);
      ctx.waitUntil(settled);
    },
  };
  return context as C;
}

/**
 * Settles when nothing runs in the background any more. Looks again and again: workerd ends a request that waits for nothing
 * but what belongs to other requests.
 */
export async function settled(): Promise<void> {
  while (background.size > 0) await new Promise((done) => setTimeout(done, 1));
}
