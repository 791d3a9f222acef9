import type { FieldSet } from './message.ts';

/** Characters that some parsers take for a delimiter, or leave out, and others do not. */
const ambiguous =
  /;|\/\/|\\|%(?![0-9a-f]{2})|%(?:2f|5c|3b|3f|23|25|[01][0-9a-f]|7f|2e|c0|c1|e0%[89]|f0%8|ef%b[cd])|%20(?:\/|$)|\/\.[^/]*$|\.\.|[^/]\.$/i;

/** Extensions of pages: HTML under another one is not what its name says. */
const pages = 'html htm xhtml shtml php asp aspx jsp jspx do action cgi pl cfm md'.split(' ');

/** Types that an origin gives to files with such an extension. */
const types: readonly (readonly [extensions: string, type: RegExp])[] = [
  ['css', /css/],
  ['js mjs', /javascript|ecmascript/],
  ['json', /json/],
  ['map', /json|octet-stream/],
  ['xml', /xml/],
  ['txt', /^text\/plain/],
  ['csv', /csv/],
  ['pdf', /pdf/],
  ['svg', /svg/],
  ['wasm', /wasm/],
  ['zip', /zip|octet-stream/],
  ['gz', /gzip|octet-stream/],
  ['png jpg jpeg gif webp avif ico bmp tif tiff', /^image\//],
  ['woff woff2 ttf otf eot', /font|octet-stream/],
  ['mp3 mp4 webm ogg wav m4a mov avi', /^(audio|video)\/|ogg/],
];

/**
 * Guard against web cache deception: a path that can be read in two ways, or whose extension contradicts what came, may
 * have led to a private page that a careless rule calls public. Asked only of answers to requests with credentials.
 */
export function isReadTwoWays(target: string, fields: FieldSet): boolean {
  const path = pathOf(target);
  // A careless rule overlooks what follows an extension.
  const name = path.replace(/[^A-Za-z0-9]+$/, '');
  return isAmbiguous(target) || contradicts(name, fields.get('content-type'));
}

/** Whether its path alone can be read in two ways. */
export const isAmbiguous = (target: string): boolean => ambiguous.test(pathOf(target));

const pathOf = (target: string): string => target.split('?', 1)[0]!;

function contradicts(path: string, contentType: string | null): boolean {
  const extension = /\.([a-z0-9]{1,11})$/i.exec(path)?.[1]?.toLowerCase();
  if (extension === undefined) return false;
  // Without a type it may be anything.
  if (contentType === null) return !pages.includes(extension);
  const type = contentType.toLowerCase();
  if (/^(text\/html|application\/xhtml)/.test(type)) return !pages.includes(extension);
  const named = types.find(([extensions]) => extensions.split(' ').includes(extension));
  return named !== undefined && !named[1].test(type);
}
