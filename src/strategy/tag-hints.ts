import { bounds } from '../bounds.ts';
import { byNearness, isNear, slipsBetween } from './nearest.ts';
import type { Targets } from './purge-order.ts';
import { quote } from './strategy-error.ts';
import { partsOf } from './template.ts';
import type { DataClass } from './types.ts';

type Declaring = Pick<DataClass, 'scope' | 'tagsFromAnswer' | 'definition'>;

/**
 * One sentence for each tag that most likely purges nothing, because no class declares one like it. The definitions alone tell, those of
 * HTTP caches among them: nobody is asked, and nothing is said of anyone's data. Where answers may name further tags, only slips are told.
 */
export function tagHints(
  classes: Iterable<Declaring>,
  { whose, tags }: Pick<Targets, 'whose' | 'tags'>,
): string[] {
  const [ofPublic, ofTenants] = declaredIn([...classes]);
  const [own, others] = whose === 'public' ? [ofPublic, ofTenants] : [ofTenants, ofPublic];
  const hints = new Set<string>();
  let compared = 0;
  for (const tag of new Set(tags)) {
    if (!mayEndOpen(tag) && isAmong(own, tag)) continue;
    compared += 1;
    if (compared > bounds.tagsCompared) break;
    const hint = hintOf(tag, own, others);
    if (hint === undefined || hints.has(hint)) continue;
    if (hints.size === bounds.hintsPerPurge) return [...hints, 'there are more such tags'];
    hints.add(hint);
  }
  return [...hints];
}

/** What the classes of public data declare, or those of tenants' data. */
interface Declared {
  readonly templates: readonly string[];
  /** Answers may name any other tag. */
  readonly isOpen: boolean;
  readonly noun: string;
  /** How their data are purged. */
  readonly mend: string;
}

function declaredIn(classes: readonly Declaring[]): [ofPublic: Declared, ofTenants: Declared] {
  const declared = (some: readonly Declaring[], noun: string, mend: string): Declared => ({
    ...{ noun, mend },
    templates: [...new Set(some.flatMap(({ definition }) => definition.tags ?? []))],
    isOpen: some.some(({ tagsFromAnswer }) => tagsFromAnswer),
  });
  const isPublic = ({ scope }: Declaring) => scope === 'public';
  return [
    declared(classes.filter(isPublic), 'public class', 'of public data: say --public (public: true)'),
    declared(
      classes.filter((it) => !isPublic(it)),
      'class of tenants',
      "of tenants' data: say --tenant (tenant)",
    ),
  ];
}

function hintOf(tag: string, own: Declared, others: Declared): string | undefined {
  const isStarred = mayEndOpen(tag) || (tag.includes('*') && !isAmong(others, tag));
  if (isStarred && !own.templates.includes(tag))
    return `tags are exact: ${quote(tag)} purges only that very tag; name a class, or several tags`;
  if (isAmong(own, tag)) return undefined;
  const misplaced = others.templates.filter((it) => fits(it, tag));
  const isNearTag = (it: string) => isNear(headOf(tag), headOf(it));
  const meant = [
    { of: others, templates: misplaced },
    { of: own, templates: own.templates.filter(isNearTag) },
    { of: others, templates: others.templates.filter(isNearTag) },
    { of: own, templates: own.isOpen ? [] : likest(tag, own.templates) },
  ].find(({ templates }) => templates.length > 0);
  // Where any tag may exist, one that is near to none may be right.
  if (!meant && own.isOpen) return undefined;
  // The others have it, or their answers may.
  const noun = misplaced.length > 0 || others.isOpen ? own.noun : 'class';
  const says = `no ${noun} ${own.isOpen ? 'declares' : 'has'} a tag ${shown(tag, [own, others])}`;
  if (!meant && own.templates.length === 0) return `${says}, nor any; name a class`;
  if (!meant) return `${says}; ${own.noun.replace('class', 'classes')} have ${listed(own.templates)}`;
  const few = byNearness(headOf(tag), meant.templates, headOf).slice(0, bounds.tagsPerHint);
  const list = listed(few);
  if (meant.of === own) return `${says}; ${list} ${few.length === 1 ? 'exists' : 'exist'}`;
  return `${says}; ${list} ${few.length === 1 ? 'is' : 'are'} ${others.mend}`;
}

/** Of the templates with as many segments the one whose beginning is the nearest; none where several are as near. */
function likest(tag: string, templates: readonly string[]): string[] {
  const segmentsOf = (it: string) => it.split(':').length;
  const alike = templates.filter((it) => segmentsOf(it) === segmentsOf(tag));
  const [first, second] = byNearness(headOf(tag), alike, headOf);
  if (first === undefined) return [];
  const slips = (it: string) => slipsBetween(headOf(tag), headOf(it));
  return second !== undefined && slips(second) === slips(first) ? [] : [first];
}

/** The first few, and how many there are besides. */
function listed(templates: readonly string[]): string {
  const names = templates.slice(0, bounds.tagsPerHint).map(quote);
  const more = templates.length - names.length;
  const last = more > 0 ? `${more} more` : names.pop()!;
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}

/** Whether the template can give this tag, whatever its parameters may be: their values may hold anything. */
function fits(template: string, tag: string): boolean {
  const [first = '', ...rest] = partsOf(template).parts.filter((_, i) => i % 2 === 0);
  const last = rest.pop();
  if (last === undefined) return tag === first;
  if (!tag.startsWith(first)) return false;
  let at = first.length;
  for (const literal of rest) {
    const found = tag.indexOf(literal, at);
    if (found === -1) return false;
    at = found + literal.length;
  }
  return at + last.length <= tag.length && tag.endsWith(last);
}

/** What a tag is about: `invoice` of `invoice:inv_0001`, of `invoice/inv_0001`, and of `invoice:{invoice_id}`. */
const headOf = (tag: string): string => tag.split(/[:/{]/, 1)[0]!;

/** Its beginning, where that says what is wrong with it; all of it where there are tags that begin so. */
function shown(tag: string, declared: readonly Declared[]): string {
  const head = headOf(tag);
  const isKnown = declared.some(({ templates }) => templates.some((it) => headOf(it) === head));
  return quote(tag === head || isKnown ? tag : `${head}:…`);
}

/** So other caches write "all that begins so". A URL may end in anything. */
const mayEndOpen = (tag: string) => /[*:]$/.test(tag) && !tag.startsWith('uri:');

const isAmong = ({ templates }: Declared, tag: string) => templates.some((it) => fits(it, tag));
