import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { tenantOfAccount } from './accounts.ts';
import { type Answer, json, parse, Refusal } from './answer.ts';
import { changeInvoice, invoicePatch, listInvoices, readInvoice } from './invoices.ts';
import { dashboardKpis, month, refreshDashboard } from './kpis.ts';
import { type Permission, permissionsOf, type Role, roles } from './people.ts';
import type { Route, RouteRequest } from './router.ts';

/** Something that changed, told after its commit: what a SaaS product would send a webhook about. */
export type Change = { readonly tenant: string } & (
  | {
      readonly type: 'invoice.changed';
      readonly invoice_id: string;
      /** It is paid now, and was not before. */
      readonly paid: boolean;
    }
  | { readonly type: 'user.role_changed' | 'user.removed'; readonly user_id: string }
  | { readonly type: 'dashboard.refreshed'; readonly dashboard_ids: readonly string[] }
);

export interface DataRoutesOptions {
  readonly database: DatabaseSync;
  readonly now: () => number;
  readonly onChange: (change: Change) => void;
}

const account = z.string('is missing: an account at the provider').min(1, 'is empty');
const userPatch = z.strictObject({ role: z.enum(roles) });

/** The SaaS product's own API. */
export function dataRoutes({ database, now, onChange }: DataRoutesOptions): readonly Route[] {
  return [
    data('GET /dashboards/:id/kpis', (request) => {
      const { tenant } = permitted(request, 'kpi:read');
      const range = parse(month, request.query.get('range') ?? undefined, 400, 'range');
      return json(dashboardKpis(database, tenant, request.id, range) ?? notFound('dashboard', request.id));
    }),

    data('POST /dashboards/:id/refresh', (request) => {
      const { tenant } = permitted(request, 'kpi:read');
      if (!refreshDashboard(database, tenant, request.id)) notFound('dashboard', request.id);
      tell(request, { type: 'dashboard.refreshed', tenant, dashboard_ids: [request.id] });
      return { ...json({ tenant, dashboard: request.id }), status: 202 };
    }),

    data('GET /permissions', (request) => {
      const { tenant, user } = caller(request);
      return permissions(tenant, user);
    }),

    data('GET /invoices', (request) => {
      const { tenant } = caller(request);
      return json({ tenant, invoices: listInvoices(database, tenant) });
    }),

    data('GET /invoices/:id', (request) => {
      const answer = invoice(caller(request).tenant, request.id);
      const known = request.header('If-None-Match')?.split(/\s*,\s*/) ?? [];
      return known.includes(answer.headers.ETag) ? { ...answer, status: 304, body: '' } : answer;
    }),

    data('PATCH /invoices/:id', async (request) => {
      const { tenant } = permitted(request, 'invoice:write');
      const patch = await request.body(invoicePatch);
      const { paid } =
        changeInvoice(database, tenant, request.id, patch, now()) ?? notFound('invoice', request.id);
      tell(request, { type: 'invoice.changed', tenant, invoice_id: request.id, paid });
      return invoice(tenant, request.id);
    }),

    data('PATCH /users/:id', async (request) => {
      const { tenant } = permitted(request, 'user:write');
      const { role } = await request.body(userPatch);
      const { changes } = database
        .prepare('UPDATE users SET role = ? WHERE tenant = ? AND id = ?')
        .run(role, tenant, request.id);
      if (changes === 0) notFound('user', request.id);
      tell(request, { type: 'user.role_changed', tenant, user_id: request.id });
      return permissions(tenant, request.id);
    }),

    data('DELETE /users/:id', (request) => {
      const { tenant } = permitted(request, 'user:write');
      const { changes } = database
        .prepare('DELETE FROM users WHERE tenant = ? AND id = ?')
        .run(tenant, request.id);
      if (changes === 0) notFound('user', request.id);
      tell(request, { type: 'user.removed', tenant, user_id: request.id });
      return { status: 204, headers: {}, body: '' };
    }),

    // Which tenant is the question here, so nobody asks in the name of one.
    data('GET /accounts/:id', (request) => {
      const asked = parse(account, request.query.get('account') ?? undefined, 400, 'account');
      const tenant = tenantOfAccount(request.id, asked) ?? notFound(`${request.id} account`, asked);
      return json({ provider: request.id, account: asked, tenant });
    }),
  ];

  function tell(request: RouteRequest, change: Change): void {
    if (request.query.get('silent') !== '1') onChange(change);
  }

  /** The caller, if its role may do this in its tenant. */
  function permitted(request: RouteRequest, permission: Permission) {
    const { tenant, user } = caller(request);
    const role = roleOf(tenant, user);
    if (role === undefined || !permissionsOf[role].includes(permission)) {
      throw new Refusal(403, `this needs the permission ${permission}`);
    }
    return { tenant, user };
  }

  function roleOf(tenant: string, user: string): Role | undefined {
    const row = database.prepare('SELECT role FROM users WHERE tenant = ? AND id = ?').get(tenant, user);
    return (row as { role: Role } | undefined)?.role;
  }

  function permissions(tenant: string, user: string): Answer {
    const role = roleOf(tenant, user) ?? notFound('user', user);
    return json({ tenant, user, role, can: permissionsOf[role] });
  }

  function invoice(tenant: string, id: string) {
    const { representation, updatedMs } = readInvoice(database, tenant, id) ?? notFound('invoice', id);
    const answer = json(representation, { 'Last-Modified': new Date(updatedMs).toUTCString() });
    const hash = createHash('sha256').update(answer.body).digest('base64url').slice(0, 22);
    return { ...answer, headers: { ...answer.headers, ETag: `"${hash}"` } };
  }
}

function data(name: string, handle: Route['handle']): Route {
  return { name, kind: 'data', handle };
}

/** Who asks, in the words of the edge, which has shown its secret. */
function caller(request: RouteRequest): { readonly tenant: string; readonly user: string } {
  return { tenant: named(request, 'X-Tenant-Id'), user: named(request, 'X-User-Id') };
}

function named(request: RouteRequest, header: string): string {
  const value = request.header(header);
  if (value) return value;
  throw new Refusal(400, `${header} is missing`, { errors: [{ field: header, detail: 'is missing' }] });
}

/** Another tenant's is as unknown as one that nobody has. */
function notFound(what: string, id: string): never {
  throw new Refusal(404, `there is no ${what} ${id}`);
}
