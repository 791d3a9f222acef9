import { DatabaseSync } from 'node:sqlite';
import { roleAtStart, type Tenant, tenants, userIds } from './people.ts';
import { type Random, seededRandom } from './random.ts';

/** How much there is, for each of the tenants. */
export const DASHBOARDS = 10;
const FACTS_PER_DASHBOARD = 1_000;
export const INVOICES = 2_500;

/** Facts are spread over the 24 months that begin here. */
const FIRST_YEAR = 2025;
export const MONTHS = 24;

const DASHBOARD_NAMES = [
  'Revenue',
  'Growth',
  'Onboarding',
  'Retention',
  'Campaigns',
  'Regions',
  'Partners',
  'Mobile',
  'Enterprise',
  'Self-service',
];
const CHANNELS = ['ads', 'direct', 'email', 'partner', 'search'];
const CUSTOMERS = ['Initech', 'Umbrella', 'Hooli', 'Stark', 'Wayne', 'Wonka', 'Tyrell', 'Cyberdyne'];
const PRODUCTS = ['Platform seat', 'Analytics add-on', 'Support plan', 'Data export', 'Training day'];
const STATUSES = ['draft', 'open', 'open', 'paid', 'paid', 'paid', 'paid', 'paid'];

/** The same ids stand in every tenant, with other data behind them: a leak between tenants would show. */
const SCHEMA = `
CREATE TABLE tenants (id TEXT PRIMARY KEY, name TEXT, currency TEXT) STRICT;
CREATE TABLE users (tenant TEXT, id TEXT, role TEXT, PRIMARY KEY (tenant, id)) STRICT;
CREATE TABLE dashboards (tenant TEXT, id TEXT, name TEXT, PRIMARY KEY (tenant, id)) STRICT;
CREATE TABLE facts (tenant TEXT, dashboard TEXT, day TEXT, visitor TEXT, channel TEXT, visits INTEGER,
  orders INTEGER, revenue_cents INTEGER) STRICT;
CREATE TABLE invoices (tenant TEXT, id TEXT, status TEXT, amount_cents INTEGER, customer_id TEXT,
  customer_name TEXT, created_on TEXT, due_on TEXT, updated_ms INTEGER, PRIMARY KEY (tenant, id)) STRICT;
CREATE TABLE invoice_lines (tenant TEXT, invoice TEXT, position INTEGER, description TEXT, quantity INTEGER,
  unit_cents INTEGER, PRIMARY KEY (tenant, invoice, position)) STRICT;
CREATE INDEX facts_by_day ON facts (tenant, dashboard, day);
`;

/** A fresh database in memory with the demo data in it; the same seed gives the same rows. */
export function seedDatabase(seed = 20_261_001): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  const random = seededRandom(seed);
  database.exec(SCHEMA);
  database.exec('BEGIN');
  for (const tenant of tenants) {
    addPeople(database, tenant);
    addDashboards(database, tenant, random);
    addInvoices(database, tenant, random);
  }
  database.exec('COMMIT');
  return database;
}

function addPeople(database: DatabaseSync, tenant: Tenant): void {
  database.prepare('INSERT INTO tenants VALUES (?, ?, ?)').run(tenant.id, tenant.name, tenant.currency);
  const insert = database.prepare('INSERT INTO users VALUES (?, ?, ?)');
  for (const user of userIds) insert.run(tenant.id, user, roleAtStart(tenant.id, user)!);
}

function addDashboards(database: DatabaseSync, tenant: Tenant, random: Random): void {
  const insertDashboard = database.prepare('INSERT INTO dashboards VALUES (?, ?, ?)');
  const insertFact = database.prepare('INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  for (let number = 1; number <= DASHBOARDS; number++) {
    const dashboard = `d${number}`;
    const priceCents = random.between(900, 19_900);
    insertDashboard.run(tenant.id, dashboard, DASHBOARD_NAMES[number - 1]!);
    for (let row = 0; row < FACTS_PER_DASHBOARD; row++) {
      const visits = random.between(20, 400);
      const orders = random.between(0, Math.floor(visits / 8));
      insertFact.run(
        tenant.id,
        dashboard,
        dayIn(row % MONTHS, random),
        `v${random.between(1, 60)}`,
        random.pick(CHANNELS),
        visits,
        orders,
        orders * priceCents,
      );
    }
  }
}

function addInvoices(database: DatabaseSync, tenant: Tenant, random: Random): void {
  const insertInvoice = database.prepare('INSERT INTO invoices VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const insertLine = database.prepare('INSERT INTO invoice_lines VALUES (?, ?, ?, ?, ?, ?)');
  for (let number = 1; number <= INVOICES; number++) {
    const id = invoiceId(number);
    const createdOn = dayIn(random.between(0, MONTHS - 1), random);
    const createdMs = Date.parse(`${createdOn}T09:00:00Z`);
    const dueOn = new Date(createdMs + 30 * 86_400_000).toISOString().slice(0, 10);
    const customer = random.between(0, CUSTOMERS.length - 1);
    let amountCents = 0;
    for (let position = 1, lines = random.between(1, 4); position <= lines; position++) {
      const quantity = random.between(1, 20);
      const unitCents = random.between(5, 400) * 100;
      insertLine.run(tenant.id, id, position, random.pick(PRODUCTS), quantity, unitCents);
      amountCents += quantity * unitCents;
    }
    const customerId = `cus_${customer + 1}`;
    const status = statusOf(number, random);
    insertInvoice.run(
      tenant.id,
      id,
      status,
      amountCents,
      customerId,
      CUSTOMERS[customer]!,
      createdOn,
      dueOn,
      createdMs,
    );
  }
}

/** From 1 on. */
export const invoiceId = (number: number): string => `inv_${String(number).padStart(4, '0')}`;

/** `2025-01` and on, by its number from 0. */
export const monthAt = (number: number): string =>
  new Date(Date.UTC(FIRST_YEAR, number)).toISOString().slice(0, 7);

/** The first four are issued and the fifth is a draft, in every tenant, so that examples can rely on them. */
function statusOf(number: number, random: Random): string {
  const drawn = random.pick(STATUSES);
  if (number <= 4) return number % 2 === 1 ? 'open' : 'paid';
  return number === 5 ? 'draft' : drawn;
}

/** A day of the given month, counted from the first of `FIRST_YEAR`; never after the 28th, which every month has. */
function dayIn(month: number, random: Random): string {
  const date = new Date(Date.UTC(FIRST_YEAR, month, random.between(1, 28)));
  return date.toISOString().slice(0, 10);
}
