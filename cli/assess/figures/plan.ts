import { FIXED, FREE, PAY_AS_YOU_GO, type RedisLoad } from './prices.ts';

export interface PlanPrice {
  readonly plan: string;
  /** Dollars a month. */
  readonly price: number;
}

/** The plans of Upstash that are enough for a month's load, the cheapest first: pay as you go, the smallest fixed one, and the free one. */
export function plansFor(load: RedisLoad): readonly PlanPrice[] {
  const plans = [freePlan(load), payAsYouGo(load), fixedPlan(load)].filter((it) => it !== null);
  return plans.toSorted((a, b) => a.price - b.price);
}

function freePlan({ commands, memoryBytes, transferBytes }: RedisLoad): PlanPrice | null {
  const isEnough =
    commands <= FREE.commands && memoryBytes <= FREE.memoryBytes && transferBytes <= FREE.transferBytes;
  return isEnough ? { plan: FREE.name, price: 0 } : null;
}

function payAsYouGo({ commands, memoryBytes, transferBytes }: RedisLoad): PlanPrice | null {
  const it = PAY_AS_YOU_GO;
  if (memoryBytes > it.memoryBytes) return null;
  const price =
    commands * it.dollarsPerCommand +
    Math.max(0, memoryBytes - it.freeStoredBytes) * it.dollarsPerStoredByte +
    Math.max(0, transferBytes - it.freeTransferBytes) * it.dollarsPerTransferredByte;
  return { plan: it.name, price };
}

/** The smallest that holds it; of the largest as many as are needed. */
function fixedPlan({ memoryBytes, transferBytes }: RedisLoad): PlanPrice {
  const fits = FIXED.find((it) => memoryBytes <= it.memoryBytes && transferBytes <= it.transferBytes);
  if (fits) return { plan: fits.name, price: fits.dollars };
  const largest = FIXED.at(-1)!;
  const count = Math.ceil(Math.max(memoryBytes / largest.memoryBytes, transferBytes / largest.transferBytes));
  return { plan: `${count} × ${largest.name}`, price: count * largest.dollars };
}
