import { beforeEach, describe } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import { fillContract } from './contract/fill.ts';
import { leaseContract } from './contract/lease.ts';
import { metricsContract } from './contract/metrics.ts';
import { purgeContract } from './contract/purge.ts';
import { receiptContract } from './contract/receipts.ts';
import { type Bed, memoryBed, upstashBed } from './support/beds.ts';
import { type Scene, sceneOf } from './support/scene.ts';

/** One contract, kept by both adapters. */
function contract(bed: () => Bed): void {
  let scene: Scene;
  beforeEach(() => {
    scene = sceneOf(bed());
  });
  leaseContract(() => scene);
  fillContract(() => scene);
  purgeContract(() => scene);
  receiptContract(() => scene);
  metricsContract(() => scene);
}

describe('The memory store', () => contract(memoryBed));
describeWithRedis('The Upstash store over Redis', (redis) => contract(() => upstashBed(redis)));
