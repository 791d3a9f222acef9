import type { Answers } from '../answers.ts';
import type { Plan, PlannedClass, PlannedData, PlannedEvent, PlannedParam } from '../plan.ts';
import { gap, keyText, listText, quoted } from './literal.ts';

/** `routes/strategy.ts`. */
export function strategyFile(plan: Plan): string {
  const { tenancy } = plan.answers;
  const claims = (['tenant', 'user', 'roles'] as const).map((it) => `${it}: ${claimText(tenancy[it])}`);
  return strategyModule(plan, {
    library: '../src/index.ts',
    before: `${applicationText(plan.answers)}\n`,
    after: `  identity: { claims: { ${claims.join(', ')} } },\n`,
  });
}

export interface ModuleText {
  /** What is imported, from where the file will stand. */
  readonly library: string;
  /** What the strategy says besides, before its classes and after its events. */
  readonly before?: string;
  readonly after?: string;
}

/** A module with these classes and events, whatever else its strategy says. */
export function strategyModule(
  { classes, events }: PlannedData,
  { library, before = '', after = '' }: ModuleText,
): string {
  const kinds = new Set(classes.flatMap(({ params }) => params.map(({ kind }) => kind)));
  for (const { fields } of events) for (const kind of fields.values()) kinds.add(kind);
  return `import * as z from 'zod';
import { dataClass, defineStrategy } from ${quoted(library)};

/** What may be cached, under which key, for how long, who may see it, and which event purges it. */

${[...schemaTexts]
  .filter(([kind]) => kinds.has(kind))
  .map(([, text]) => text)
  .join('\n')}

${classes.map(classText).join('\n\n')}

export const strategy = defineStrategy({
${before}  classes: [${classes.map(({ variable }) => variable).join(', ')}],
  events: {
${events.map(eventText).join('\n')}
  },
${after}});
`;
}

const schemaTexts: ReadonlyMap<PlannedParam['kind'], string> = new Map([
  [
    'id',
    "const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be letters, digits, _ or -, at most 64');",
  ],
  ['date', "const date = z.iso.date('must be a date, YYYY-MM-DD');"],
  ['month', "const month = z.string().regex(/^\\d{4}-(0[1-9]|1[0-2])$/, 'must be a month, YYYY-MM');"],
  ['page', "const page = z.string().regex(/^[1-9]\\d{0,3}$/, 'must be a page from 1 to 9999');"],
  [
    'file',
    "const file = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.~-]{0,127}$/, 'must be the name of a file, at most 128 characters');",
  ],
]);

const kindText = (kind: PlannedParam['kind']): string =>
  typeof kind === 'string' ? kind : `z.enum(${listText(kind)})`;

function classText({ item, version, variable, origin, params, tag, events }: PlannedClass): string {
  const { name, who, strict, written, ttl, stale, whileDown } = item;
  const fields = params.map((it) => `${it.name}: ${kindText(it.kind)}`);
  return `export const ${variable} = dataClass({
  name: ${quoted(name)},
  version: ${version},
  scope: ${quoted(who)},
  key: ${quoted(params.map((it) => `{${it.name}}`).join(':'))},
  params: z.object({ ${fields.join(', ')} }),
  ${gap(whoReads[who])}
  access: ${quoted(who)},
${who === 'user' && !written ? '' : `  tags: [${quoted(tag)}],\n`}  read: 'read-through',
  origin: ${quoted(origin)},
${written ? "  writeThrough: 'purge',\n" : ''}  ttl: ${quoted(ttl)},
${stale === undefined ? '' : `  staleWhileRevalidate: ${quoted(stale)},\n`}${whileDown === undefined ? '' : `  staleIfError: ${quoted(whileDown)},\n`}${strict ? "  consistency: 'strict',\n" : ''}${who === 'public' ? `  cacheControl: 'no-store', // browsers ask each time; with max-age a purge cannot reach them\n` : ''}  invalidatedBy: ${listText(events)},
  // Nothing is answered from the cache before it was compared with the origin: docs/rollout.md.
  rollout: { mode: 'shadow' },
  rationale:
    ${quoted(item.why ?? `Read often; ${ttl} old is good enough, and ${events.join(', ')} ends it sooner`)},
});`;
}

const whoReads = {
  tenant:
    "who may read it, beyond being a member of the tenant? If roles decide, write allowWhen('…', [], …) of ../src/index.ts",
  user: 'may each user always read their own?',
  public: 'is it really for everyone, without a token?',
} as const;

function eventText({ name, whose, fields, tags, users }: PlannedEvent): string {
  const payload = [...fields].map(([field, kind]) => `${field}: ${kindText(kind)}`);
  if (users) payload.push('user_id: z.string()');
  const purges = [
    ...(tags.length > 0 ? [`tags: ${listText(tags)}`] : []),
    ...(users ? ["users: ['{user_id}']"] : []),
  ];
  return `    ${name}: {
      payload: z.object({ ${payload.join(', ')} }),
      purges: { ${purges.join(', ')} },${whose === 'public' ? "\n      whose: 'public'," : ''}
    },`;
}

function applicationText({
  name,
  purpose,
  stack,
  data,
  traffic,
  freshness,
  failureTolerance,
  pain,
  tenancy,
  operations,
}: Answers): string {
  const says = {
    name,
    purpose,
    stack,
    data: data.map((it) => it.name).join(', '),
    traffic,
    freshness,
    failureTolerance,
    pain,
    tenancy:
      tenancy.says ??
      `Claims of the token: ${[tenancy.tenant].flat().join('.')} is the tenant, ${[tenancy.user].flat().join('.')} the user`,
    operations:
      operations.says ??
      (operations.webhooks.length > 0
        ? `Webhooks from ${operations.webhooks.map((it) => it.name).join(', ')}`
        : 'No webhooks yet'),
  };
  return `  application: {
${Object.entries(says)
  .map(([field, it]) => `    ${keyText(field)}: ${quoted(it)},`)
  .join('\n')}
  },`;
}

const claimText = (claim: string | readonly string[]): string =>
  typeof claim === 'string' ? quoted(claim) : listText(claim);
