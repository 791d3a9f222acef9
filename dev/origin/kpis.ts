import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';

/** A month of the calendar, `2026-10`. */
export const month = z
  .string('is missing: a month such as 2026-10')
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'is not a month such as 2026-10');

const SUMS = `COALESCE(SUM(visits), 0) AS visits, COALESCE(SUM(orders), 0) AS orders,
  COALESCE(SUM(revenue_cents), 0) AS revenue_cents, COUNT(DISTINCT visitor) AS active_users`;
const SCOPE = 'tenant = :tenant AND dashboard = :dashboard AND facts.day BETWEEN :first AND :last';

const TOTALS = `SELECT ${SUMS}, COALESCE(ROUND(1.0 * SUM(orders) / NULLIF(SUM(visits), 0), 4), 0) AS conversion
  FROM facts WHERE ${SCOPE}`;

/** Days without facts are rows of zeros, so that a chart has no gaps. */
const DAILY = `WITH RECURSIVE days(day) AS (
    SELECT :first UNION ALL SELECT date(day, '+1 day') FROM days WHERE day < :last)
  SELECT days.day AS day, ${SUMS}
  FROM days LEFT JOIN facts ON facts.day = days.day AND ${SCOPE} GROUP BY days.day ORDER BY days.day`;

const CHANNELS = `SELECT channel, ${SUMS} FROM facts WHERE ${SCOPE}
  GROUP BY channel ORDER BY revenue_cents DESC, channel`;

/** What one dashboard shows for one month; undefined when the tenant has no such dashboard. */
export function dashboardKpis(database: DatabaseSync, tenant: string, dashboard: string, range: string) {
  const named = database
    .prepare(
      `SELECT dashboards.name, currency FROM dashboards JOIN tenants ON tenants.id = tenant
       WHERE tenant = ? AND dashboards.id = ?`,
    )
    .get(tenant, dashboard) as { name: string; currency: string } | undefined;
  if (named === undefined) return undefined;
  const scope = { tenant, dashboard, first: `${range}-01`, last: lastDay(range) };
  return {
    tenant,
    dashboard,
    name: named.name,
    range,
    currency: named.currency,
    totals: database.prepare(TOTALS).get(scope),
    channels: database.prepare(CHANNELS).all(scope),
    daily: database.prepare(DAILY).all(scope),
  };
}

/** The same in every fact of a dashboard. */
const PRICE = `SELECT MAX(revenue_cents / orders) FROM facts
  WHERE tenant = :tenant AND dashboard = :dashboard AND orders > 0`;

const LATE_ORDERS = `UPDATE facts SET visits = visits + 1, orders = orders + 1, revenue_cents = revenue_cents + (${PRICE})
  WHERE tenant = :tenant AND dashboard = :dashboard`;

/** Counts what came in late, an order in every fact: each month shows more. Says whether there is such a dashboard. */
export function refreshDashboard(database: DatabaseSync, tenant: string, dashboard: string): boolean {
  return database.prepare(LATE_ORDERS).run({ tenant, dashboard }).changes > 0;
}

function lastDay(range: string): string {
  const date = new Date(`${range}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + 1, 0);
  return `${range}-${date.getUTCDate()}`;
}
