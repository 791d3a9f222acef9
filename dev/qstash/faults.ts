import * as z from 'zod';

/** What goes wrong from now on; `{}` clears. */
export const faultsSchema = z.strictObject({
  /** Every API request is answered 503; with `drop` its connection is cut. Deliveries go on. Default false. */
  down: z.union([z.boolean(), z.literal('drop')]).optional(),
  /** Every so manieth API request is cut, as on a bad line. Default 0: none. */
  cut_every: z.int().min(0).max(1_000_000).optional(),
  /** The next so many delivery attempts are lost, as if the destination could not be reached. Default 0. */
  fail: z.int().min(0).max(1_000_000).optional(),
  /** Each delivery that succeeds is sent so many times more. Default 0. */
  duplicate: z.int().min(0).max(100).optional(),
  /**
   * The next so many messages that become due are held until all are there, and are then delivered in reverse order, one
   * after the other. Another word about faults lets go those that are held. Messages in queues keep their order. Default 0.
   */
  reorder: z.int().min(0).max(1_000).optional(),
  /** Each delivery is so many milliseconds later than asked. Default 0. */
  delay_ms: z.int().min(0).max(86_400_000).optional(),
});

export type Faults = z.infer<typeof faultsSchema>;
