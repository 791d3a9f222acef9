import { encodeUriPart, type Part } from './encode.ts';
import { checkLiteral, partsOf, type Template, TemplateError } from './template.ts';
import type { Params } from './types.ts';

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

/**
 * `/invoices/{invoice_id}?expand={expand}`; names may be `tenant_id` and `user_id` too. `fill` throws `PathRefused`: a
 * value is always encoded and stays inside its segment; one that would make a segment empty, `.` or `..` is refused,
 * because URL parsers read these as other paths (or hosts: `//x`). A query pair with an absent parameter is left out.
 */
export function compileOriginPath(template: string): Template {
  if (!template.startsWith('/') || template.startsWith('//')) {
    throw new TemplateError(`${JSON.stringify(template)} is not a path; begin it with one '/'`);
  }
  const [path = '', ...rest] = template.split('?');
  const segments = path.slice(1).split('/').map(partsOf);
  const pairs = rest.length === 0 ? [] : rest.join('?').split('&').map(partsOf);
  for (const { parts, literals } of segments) {
    checkLiteral(template, literals, /^[A-Za-z0-9._~!$&'()*+,;=:@-]*$/, 'RFC 3986, without %');
    if (/^\.\.?$/.test(parts.join(''))) {
      throw new TemplateError(
        `${JSON.stringify(template)} has a segment of dots; write the path it leads to`,
      );
    }
  }
  for (const { parts, literals } of pairs) {
    checkLiteral(template, literals, /^[A-Za-z0-9._~!$'()*,;:@/[\]=-]*$/, 'a query, without % and +');
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

type Parts = ReturnType<typeof partsOf>;

function fillSegment(parts: Parts, values: Params): string {
  const absent = parts.names.find((name) => values[name] === undefined);
  if (absent !== undefined) throw new PathRefused(absent, 'is missing');
  const segment = fillParts(parts, values);
  const name = parts.names.at(-1);
  if (name !== undefined && /^\.{0,2}$/.test(segment)) {
    throw new PathRefused(name, segment === '' ? 'is empty' : 'is a segment of dots');
  }
  return segment;
}

const fillParts = ({ parts }: Parts, values: Params) =>
  parts.map((part, i) => (i % 2 === 1 ? encodeValue(part, values[part]) : part)).join('');

function encodeValue(name: string, value: Part): string {
  const text = String(value);
  if (!text.isWellFormed()) throw new PathRefused(name, 'is not well-formed Unicode');
  return encodeUriPart(text);
}
