import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { fieldErrors } from '../strategy/field-errors.ts';
import {
  orderFrom,
  type PurgeOrder,
  plainOrders,
  purgeOrder,
  settlingOrders,
  wireOf,
} from '../strategy/purge-order.ts';
import { inOurWords } from '../strategy/says.ts';

/** Deployed versions share the queue: one that does not know this number refuses the message. */
const VERSION = 1;

const shape = z.strictObject({
  v: z.literal(VERSION),
  /**
   * What a delivery is to do. `apply`: the purge. `verify`: see whether it still stands, and apply it again if a failover
   * has lost it. `erase`: delete what it made unusable, a part at a time.
   */
  step: z.enum(['apply', 'verify', 'erase']),
  /** Of a `verify`: how often the purge was lost and applied again before. */
  round: z.int().min(0).max(bounds.verifyRounds),
  order: purgeOrder,
});

export interface Message extends Readonly<Pick<z.infer<typeof shape>, 'step' | 'round'>> {
  readonly order: PurgeOrder;
}

export interface Publication {
  readonly message: Message;
  /** Delivered not before this much later; 0: at once. */
  readonly delayMs: number;
}

export const writeMessage = (message: Message): string =>
  JSON.stringify({ v: VERSION, ...message, order: wireOf(message.order) });

/** `malformed`: why it is not a message of this version. */
export function readMessage(text: string): Message | { readonly malformed: string } {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return { malformed: 'not JSON' };
  }
  const { data, error } = shape.safeParse(given, inOurWords);
  if (data) return { step: data.step, round: data.round, order: orderFrom(data.order) };
  const { field, detail } = fieldErrors(error, 'message', given)[0]!;
  return { malformed: `${field}: ${detail}` };
}

/** The purge itself, or the next part of its erasure. */
export const execution = (step: 'apply' | 'erase', order: PurgeOrder, delayMs = 0): Publication => ({
  message: { step, order, round: 0 },
  delayMs,
});

/** A look at the receipt, late enough to see a failover that lost the purge. */
export const verification = (
  order: PurgeOrder,
  { round = 0, afterMs = bounds.verifyAfterMs }: { round?: number; afterMs?: number } = {},
): Publication => ({ message: { step: 'verify', order, round }, delayMs: afterMs + bounds.verifyMarginMs });

/** Publications after a purge was applied: a verification, and where it settles its second purge, and a verification of that. */
export const followUpPublications = (order: PurgeOrder): Publication[] => [
  verification(order),
  ...settlingOrders(order).flatMap((second) => [
    execution('apply', second, order.settleMs),
    verification(second, { afterMs: order.settleMs + bounds.verifyAfterMs }),
  ]),
];

/** Publications of a purge that was accepted. An erasure begins with the purge itself. */
export const publicationsOf = (order: PurgeOrder): Publication[] =>
  plainOrders(order).flatMap((plain) => [
    execution(plain.erase ? 'erase' : 'apply', plain),
    ...followUpPublications(plain),
  ]);
