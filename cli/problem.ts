import * as z from 'zod';
import type { AskedPurge } from '../src/strategy/purge-order.ts';
import { printable, shellWord } from './text.ts';

type Sets = Readonly<Record<string, unknown>>;

/** Problem details (RFC 9457), as far as they are shown. */
const shape = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
  instance: z.string().optional(),
});

/** The fields of the API, as the command calls them. */
const flagOf: Readonly<Record<string, string>> = {
  tenant: '--tenant',
  public: '--public',
  all_tenants: '--all-tenants',
  tags: '--tag',
  classes: '--class',
  users: '--user',
  everything: '--everything',
  erase: '--erase',
  limit: '--limit',
  cursor: '--cursor',
  window: '--window',
  path: 'PATH',
  key: '--key',
  user: '--as',
  roles: '--roles',
  header: '--header',
  body: '--body',
  event: 'EVENT',
  payload: '--payload',
  percent: '--percent',
  allow: '--allow',
  deny: '--deny',
  plan: '--plan',
  why: '--why',
};

/** What the edge says is wrong: its title and detail, each field at fault, and where to look it up. */
export function problemText(body: unknown, order?: AskedPurge, sets: Sets = {}): string {
  const { title, detail, errors = [], instance } = shape.safeParse(body).data ?? {};
  const lines = [
    [title, detail].filter((it) => it !== undefined).join(': ') || 'it does not say why',
    ...errors.map((error) => `  ${fieldText(error.field, order, sets)}: ${error.detail}`),
    ...(instance ? [`  (${instance} in the edge's log)`] : []),
  ];
  return lines.map(printable).join('\n');
}

/** What a purge calls `mode` is a flag of its own. */
const flagFor = (name: string, order: AskedPurge | undefined): string | undefined =>
  name === 'mode' ? (order ? '--soft' : '--mode') : flagOf[name];

/** `tags.1` as `--tag invoice:inv_0002`, `payload.id` as `--payload id` or `--set id`. */
function fieldText(field: string, order: AskedPurge | undefined, sets: Sets): string {
  const [name = '', at = ''] = field.split('.');
  const flag = flagFor(name, order) ?? field;
  if (name === 'payload' && at !== '') {
    const inside = field.slice('payload.'.length);
    if (!Object.hasOwn(sets, at)) return `${flag} ${inside}`;
    const isText = typeof sets[at] === 'string' || typeof sets[at] === 'object';
    return `--set ${inside}${isText ? '' : ` (as text: ${shellWord(`${at}="${sets[at]}"`)})`}`;
  }
  const list = order?.[name as keyof AskedPurge];
  const value = Array.isArray(list) ? list[Number(at)] : undefined;
  return value === undefined ? flag : `${flag} ${value}`;
}
