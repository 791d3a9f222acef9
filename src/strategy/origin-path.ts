import { encodeUriPart, type Part } from './encode.ts';
import { checkLiteral, placeholder, TemplateError } from './template.ts';

/** A parameter whose value would change the shape of the path at the origin. To the caller it is a bad request. */
export class PathRefused extends Error {
  override readonly name = 'PathRefused';
  readonly param: string;
  /** Follows the parameter's name, whatever the caller calls it. */
  readonly why: string;
  constructor(param: string, why: string) {
    super(`${param} ${why}`);
    this.param = param;
    this.why = why;
  }
}

/** A path and query at the origin, compiled once. */
export interface OriginPath {
  /** Every name in it, `tenant_id` and `user_id` included. */
  readonly names: readonly string[];
  /** Throws `PathRefused`. */
  fill(values: Readonly<Record<string, Part>>): string;
}

/**
 * `/invoices/{invoice_id}?expand={expand}`. A value is always encoded and stays inside its segment; one that would
 * make a segment empty, `.` or `..` is refused, because URL parsers read these as other paths (or hosts: `//x`).
 * A query pair with an absent parameter is left out.
 */
export function compileOriginPath(template: string): OriginPath {
  if (!template.startsWith('/') || template.startsWith('//')) {
    throw new TemplateError(`${JSON.stringify(template)} is not a path; begin it with one '/'`);
  }
  const [path = '', ...rest] = template.split('?');
  const segments = path.slice(1).split('/').map(partsOf);
  const pairs = rest.length === 0 ? [] : rest.join('?').split('&').map(partsOf);
  for (const { parts } of segments) {
    checkLiteral(template, literals(parts), /^[A-Za-z0-9._~!$&'()*+,;=:@-]*$/, 'RFC 3986, without %');
    if (/^\.\.?$/.test(parts.join(''))) {
      throw new TemplateError(
        `${JSON.stringify(template)} has a segment of dots; write the path it leads to`,
      );
    }
  }
  for (const { parts } of pairs) {
    checkLiteral(template, literals(parts), /^[A-Za-z0-9._~!$'()*,;:@/[\]=-]*$/, 'a query, without % and +');
    if (!/^[^=]+=/.test(parts[0] ?? '')) {
      throw new TemplateError(
        `${JSON.stringify(template)} has a query part without 'name='; write name={param}`,
      );
    }
  }
  return {
    names: [...new Set([...segments, ...pairs].flatMap(({ names }) => names))],
    fill: (values) => {
      const filledPath = segments.map((parts) => fillSegment(parts, values)).join('/');
      const query = pairs.filter(({ names }) => names.every((name) => values[name] !== undefined));
      const filledQuery = query.map((parts) => fillParts(parts, values)).join('&');
      return filledQuery === '' ? `/${filledPath}` : `/${filledPath}?${filledQuery}`;
    },
  };
}

/** Literals and names in turn; and the names. */
interface Parts {
  readonly parts: readonly string[];
  readonly names: readonly string[];
}

function partsOf(text: string): Parts {
  const parts = text.split(placeholder);
  return { parts, names: parts.filter((_, i) => i % 2 === 1) };
}

const literals = (parts: readonly string[]) => parts.filter((_, i) => i % 2 === 0).join('');

function fillSegment(segmentParts: Parts, values: Readonly<Record<string, Part>>): string {
  const absent = segmentParts.names.find((name) => values[name] === undefined);
  if (absent !== undefined) throw new PathRefused(absent, 'is missing');
  const segment = fillParts(segmentParts, values);
  const name = segmentParts.names.at(-1);
  if (name !== undefined && /^\.{0,2}$/.test(segment)) {
    throw new PathRefused(name, segment === '' ? 'is empty' : 'is a segment of dots');
  }
  return segment;
}

function fillParts({ parts }: Parts, values: Readonly<Record<string, Part>>): string {
  let filled = '';
  for (const [i, part] of parts.entries()) filled += i % 2 === 1 ? encodeValue(part, values[part]) : part;
  return filled;
}

function encodeValue(name: string, value: Part): string {
  const text = String(value);
  if (!text.isWellFormed()) throw new PathRefused(name, 'is not well-formed Unicode');
  return encodeUriPart(text);
}
