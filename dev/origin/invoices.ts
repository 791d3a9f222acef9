import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';

/** What a `PATCH` of an invoice may say. */
export const invoicePatch = z
  .strictObject({
    amount_cents: z.int().min(0).optional(),
    status: z.enum(['draft', 'open', 'paid']).optional(),
  })
  .refine(({ amount_cents, status }) => amount_cents !== undefined || status !== undefined, {
    message: 'must name amount_cents or status',
  });

/** An invoice as the API shows it, and when it last changed; undefined for an id the tenant does not have. */
export function readInvoice(database: DatabaseSync, tenant: string, id: string) {
  const row = database
    .prepare(
      `SELECT invoices.*, currency FROM invoices JOIN tenants ON tenants.id = tenant
       WHERE tenant = ? AND invoices.id = ?`,
    )
    .get(tenant, id) as InvoiceRow | undefined;
  if (row === undefined) return undefined;
  const lines = database
    .prepare(
      `SELECT description, quantity, unit_cents FROM invoice_lines
       WHERE tenant = ? AND invoice = ? ORDER BY position`,
    )
    .all(tenant, id) as unknown as readonly InvoiceLine[];
  const linesCents = lines.reduce((sum, line) => sum + line.quantity * line.unit_cents, 0);
  return {
    updatedMs: row.updated_ms,
    representation: {
      id,
      tenant,
      status: row.status,
      amount_cents: row.amount_cents,
      currency: row.currency,
      customer: { id: row.customer_id, name: row.customer_name },
      created_on: row.created_on,
      due_on: row.due_on,
      lines,
      adjustment_cents: row.amount_cents - linesCents, // what an amount set by hand adds to its lines
      updated_at: new Date(row.updated_ms).toISOString(),
    },
  };
}

/** All that the tenant has, in short. */
export const listInvoices = (database: DatabaseSync, tenant: string) =>
  database
    .prepare('SELECT id, status, amount_cents FROM invoices WHERE tenant = ? ORDER BY id')
    .all(tenant) as unknown as readonly Pick<InvoiceRow & { id: string }, 'id' | 'status' | 'amount_cents'>[];

/** Whether it became paid by this; undefined when the tenant has no such invoice. */
export function changeInvoice(
  database: DatabaseSync,
  tenant: string,
  id: string,
  patch: z.infer<typeof invoicePatch>,
  nowMs: number,
): { readonly paid: boolean } | undefined {
  const before = database
    .prepare('SELECT status FROM invoices WHERE tenant = ? AND id = ?')
    .get(tenant, id) as Pick<InvoiceRow, 'status'> | undefined;
  if (before === undefined) return undefined;
  database
    .prepare(
      `UPDATE invoices SET amount_cents = COALESCE(?, amount_cents), status = COALESCE(?, status), updated_ms = ?
       WHERE tenant = ? AND id = ?`,
    )
    .run(patch.amount_cents ?? null, patch.status ?? null, nowMs, tenant, id);
  return { paid: patch.status === 'paid' && before.status !== 'paid' };
}

interface InvoiceRow {
  readonly status: string;
  readonly amount_cents: number;
  readonly currency: string;
  readonly customer_id: string;
  readonly customer_name: string;
  readonly created_on: string;
  readonly due_on: string;
  readonly updated_ms: number;
}

interface InvoiceLine {
  readonly description: string;
  readonly quantity: number;
  readonly unit_cents: number;
}
