import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { Bed } from './bed.ts';
import type { Size } from './body.ts';
import { cpuUs } from './cpu.ts';
import { load } from './load.ts';
import type { Options } from './options.ts';
import type { Encoding, Variant } from './variants.ts';

/** One variant, measured once. */
export interface Measured {
  readonly requestsPerSecond: number;
  /** CPU time of workerd for one request: hardly disturbed by what else runs on the machine. */
  readonly cpuUsPerRequest: number | null;
  readonly redisRequests: number;
  readonly redisCommands: number;
  /** Of one answer, as it travels. */
  readonly bodyBytes: number;
  /** Share of the time in which the load generator was busy; near 1 it is what was measured. */
  readonly generatorBusy: number;
}

/** Load before each measurement, not measured: a fifth of it, and at least so long. */
const AGAIN_MS = 200;

let documents = 0;

export async function measure(
  bed: Bed,
  variant: Variant,
  { size, encoding, token }: { readonly size: Size; readonly encoding: Encoding; readonly token: string },
  { connections, requests, seconds }: Pick<Options, 'connections' | 'requests' | 'seconds'>,
): Promise<Measured> {
  const worker = bed.worker(variant.worker);
  const asked = {
    url: worker.url,
    connections,
    headers: { Authorization: `Bearer ${token}`, 'Accept-Encoding': encoding },
    expect: variant.expect,
    path: () => variant.path(size, documents++),
  };
  // After its turn to wait, V8 has thrown away some of what it had compiled.
  await load({ ...asked, requests: Number.POSITIVE_INFINITY, ms: Math.max(AGAIN_MS, seconds * 200) });
  await settled(bed);
  const cpuBefore = worker.pid && cpuUs(worker.pid);
  const busyBefore = performance.eventLoopUtilization();
  const loaded = await load({ ...asked, requests, ms: seconds * 1000 });
  const { utilization } = performance.eventLoopUtilization(busyBefore);
  const redis = await settled(bed);
  const cpuAfter = worker.pid && cpuUs(worker.pid);
  return {
    requestsPerSecond: loaded.requests / loaded.seconds,
    cpuUsPerRequest: cpuBefore && cpuAfter && (cpuAfter - cpuBefore) / loaded.requests,
    redisRequests: redis.requests / loaded.requests,
    redisCommands: redis.commands / loaded.requests,
    bodyBytes: loaded.bodyBytes,
    generatorBusy: utilization,
  };
}

/** One answer of that kind first, whatever it is: it fills the cache and fetches the issuer's keys. */
export async function warmUp(
  bed: Bed,
  variant: Variant,
  asked: { readonly size: Size; readonly encoding: Encoding; readonly token: string },
  options: Options,
): Promise<void> {
  const { url } = bed.worker(variant.worker);
  const headers = { Authorization: `Bearer ${asked.token}` };
  const response = await fetch(url + variant.path(asked.size, documents++), { headers });
  await response.arrayBuffer();
  await settled(bed);
  await measure(bed, variant, asked, { ...options, seconds: 1 });
}

/** What Redis got since the last time, once the work in the background has ended. */
async function settled(bed: Bed): Promise<{ requests: number; commands: number }> {
  const sum = { requests: 0, commands: 0 };
  for (;;) {
    const { requests, commands } = await bed.counts();
    sum.requests += requests;
    sum.commands += commands;
    if (requests === 0) return sum;
    await setTimeout(20);
  }
}
