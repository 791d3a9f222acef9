import type { Plan, PlannedEvent } from '../plan.ts';
import { gap, keyText, listText, quoted } from './literal.ts';

/** `routes/hooks.ts`; null where nobody sends webhooks. */
export function hooksFile({ answers, events }: Plan): string | null {
  const { webhooks } = answers.operations;
  if (webhooks.length === 0) return null;
  const ours = webhooks.find(({ scheme }) => scheme === 'standard');
  const imports = ours ? 'eventsOf, webhooks' : 'webhooks';
  return `${ours ? "import * as z from 'zod';\n" : ''}import { ${imports} } from '../src/index.ts';
import { strategy } from './strategy.ts';

/** Who sends webhooks, and what each of their events means here. The secrets are settings: HOOK_SECRET_<SOURCE>. */
${ours ? 'const on = eventsOf(strategy);\nconst text = z.string();\n' : ''}
export const hooks = webhooks(strategy, {
${webhooks.map((it) => (it === ours ? own(it.name, events) : other(it))).join('\n')}
});
`;
}

/** The team's own product: it can say what the strategy calls its events, and whose they are. */
function own(name: string, events: readonly PlannedEvent[]): string {
  return `  ${keyText(name)}: {
    scheme: 'standard',
    events: {
      ${gap('does your product send these names and fields, in { type, data }? docs/webhooks.md')}
${events.map(mappingText).join('\n')}
    },
  },`;
}

function mappingText({ name, whose, fields, users }: PlannedEvent): string {
  const kinds = new Map([...fields, ...(users ? [['user_id', 'id'] as const] : [])]);
  const all = [...kinds.keys()];
  const isPublic = whose === 'public';
  const taken = [...(isPublic ? [] : ['tenant_id']), ...all];
  const typeOf = (field: string) => {
    const kind = kinds.get(field);
    return Array.isArray(kind) ? `z.enum(${listText(kind)})` : 'text';
  };
  const shape = `z.object({ data: z.object({ ${taken.map((it) => `${it}: ${typeOf(it)}`).join(', ')} }) })`;
  const from = taken.length > 0 ? `({ data: { ${taken.join(', ')} } })` : '()';
  const payload = all.length > 0 ? `{ ${all.join(', ')} }` : '{}';
  return `      ${name}: on(${quoted(name)}, ${shape}, ${from} => ({ tenant: ${isPublic ? 'null' : 'tenant_id'}, payload: ${payload} })),`;
}

function other({ name, scheme }: Plan['answers']['operations']['webhooks'][number]): string {
  return `  ${keyText(name)}: {
    scheme: ${quoted(scheme)},
    ${gap(`which events of ${name} make data wrong, and whose? docs/webhooks.md; until then each is answered 202 and ignored`)}
    events: {},
  },`;
}
