/** Work in `waitUntil` by the case that caused it, so that a test can wait for its own. Runs in workerd. */
const underWay = new Map<string, number>();

interface Context {
  readonly props: unknown;
  passThroughOnException(): void;
  waitUntil(work: Promise<unknown>): void;
}

/** `of`: the first part of the path. */
export function watched<C extends Context>(ctx: C, of: string): C {
  const count = (more: number) => underWay.set(of, (underWay.get(of) ?? 0) + more);
  const context: Context = {
    props: ctx.props,
    passThroughOnException: () => ctx.passThroughOnException(),
    waitUntil(work) {
      count(1);
      ctx.waitUntil(Promise.allSettled([work]).then(() => count(-1)));
    },
  };
  return context as C;
}

/** Looks again and again: workerd ends a request that waits for nothing but what belongs to other requests. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 1));
}

export const settled = (of: string) => until(() => (underWay.get(of) ?? 0) === 0);
