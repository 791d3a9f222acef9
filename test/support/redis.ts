import { describe, inject, type TestContext, test } from 'vitest';

/** The Redis of this test run, through an Upstash-compatible gateway. Shared: keep to a namespace of your own. */
export interface TestRedis {
  /** `UPSTASH_REDIS_REST_URL` */
  readonly url: string;
  /** `UPSTASH_REDIS_REST_TOKEN` */
  readonly token: string;
  /** Past the gateway, for Node only: `redis://…` */
  readonly redisUrl: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    redis: TestRedis | null;
    /** Where it comes from, or why there is none. */
    redisReason: string;
  }
}

/** In a test: `const redis = redisOrSkip(context)`. Without Redis the test is skipped, with the reason. */
export function redisOrSkip(context: Pick<TestContext, 'skip'>): TestRedis {
  return inject('redis') ?? context.skip(inject('redisReason'));
}

/** A `describe` whose tests need Redis. Without it, one skipped test says why. */
export function describeWithRedis(name: string, body: (redis: TestRedis) => void): void {
  const redis = inject('redis');
  describe(name, () => {
    if (redis === null) test.skip(`skipped: ${inject('redisReason')}`);
    else body(redis);
  });
}

/** A key prefix that no other test has. */
export function freshNamespace(): string {
  return `test-${crypto.randomUUID()}`;
}
