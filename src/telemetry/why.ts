import { bounds } from '../bounds.ts';
import { fieldName } from './field-name.ts';

/** For the log: what an error says, but for what may quote the data that somebody sent: of that only where it is wrong. */
export function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { message } = error;
  const name = error.name.slice(0, bounds.loggedNameChars);
  if (name === 'SyntaxError') return name;
  if (isProblem(error)) return cutText(`${name}: ${error.options.why ?? error.code}`, bounds.loggedWhyChars);
  if (isZodError(error))
    return cutText(
      `ZodError: ${error.issues.slice(0, 5).map(faultOfIssue).join(', ')}`,
      bounds.loggedWhyChars,
    );
  // Hono gives its own no name.
  const kind = isHttpError(error) && name === 'Error' ? `HTTPException ${error.status}` : name;
  return message === '' ? kind : `${kind}: ${cutText(message, bounds.loggedWhyChars)}`;
}

/** The same with the lines of code that it came from. */
export const stackOf = (error: Error): string => [whyOf(error), ...framesOf(error)].join('\n');

/** For the team's own machine: with the message as it is, as far as it can be read; a problem's is for the caller. */
export function stackInFull(error: Error): string {
  const says = (isProblem(error) && error.options.why) || error.message;
  return [`${error.name}: ${says}`.slice(0, bounds.shownMessageChars), ...framesOf(error)].join('\n');
}

function framesOf({ stack = '', message }: Error): string[] {
  // A message may have lines that look like frames.
  const at = stack.indexOf(message);
  const lines = stack.slice(at === -1 ? 0 : at + message.length).split('\n');
  return lines
    .filter((line) => /^\s+at /.test(line))
    .slice(0, bounds.loggedFrames)
    .map((line) => cutText(line, bounds.loggedWhyChars));
}

/** So much of a text, with its URLs and paths without what may be a secret: userinfo, query and fragment. */
export function cutText(text: string, most: number): string {
  // What is cut makes room for more, and no endless text is searched.
  const shown = text
    .slice(0, 10 * most)
    .replace(/:\/\/[^\s/?#]*@/g, '://')
    // From the start of a word, so that each is searched once.
    .replace(/(?<!\S)([^\s/]*\/[^\s?#]*)[?#]\S*/g, '$1');
  return shown.slice(0, most);
}

interface ZodFault {
  readonly path: readonly PropertyKey[];
  readonly code: string;
  readonly expected?: unknown;
}

/** By name, as it comes from whichever build of zod the code that threw it has. */
const isZodError = (error: Error): error is Error & { readonly issues: readonly ZodFault[] } =>
  /^\$?ZodError$/.test(error.name) && 'issues' in error && Array.isArray(error.issues);

/** Its message is for the caller, and may quote it. */
const isProblem = (error: Error): error is Error & { code: string; options: { readonly why?: string } } =>
  error.name === 'Problem' && 'code' in error && 'options' in error;

const isHttpError = (error: Error): error is Error & { readonly status: unknown } =>
  'getResponse' in error && 'status' in error;

function faultOfIssue({ path, code, expected }: ZodFault): string {
  const steps = path.map(fieldName);
  const says =
    code === 'invalid_type' && typeof expected === 'string' ? `${code}, expected ${expected}` : code;
  return `${steps.join('.') || 'the value'} (${says})`;
}
