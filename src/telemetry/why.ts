/** For the log: what an error says, but for what may quote the data that somebody sent: of that only where it is wrong. */
export function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { name, message } = error;
  if (name === 'SyntaxError') return name;
  if (isProblem(error)) return `${name}: ${error.options.why ?? error.code}`;
  if (isZodError(error)) return `ZodError: ${error.issues.slice(0, 5).map(faultOfIssue).join(', ')}`;
  // Hono gives its own no name.
  const kind = isHttpError(error) && name === 'Error' ? `HTTPException ${error.status}` : name;
  return message === '' ? kind : `${kind}: ${message.slice(0, 200)}`;
}

/** The same with the lines of code that it came from. */
export function stackOf(error: Error): string {
  if (error.name !== 'SyntaxError' && !isZodError(error)) return error.stack ?? error.message;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [whyOf(error), ...frames].join('\n');
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

/** A name on the way may be data, such as an address in a record: one that reads like a field's is shown. */
function faultOfIssue({ path, code, expected }: ZodFault): string {
  const steps = path.map((step) => (/^\w{1,40}$/.test(String(step)) ? String(step) : '*'));
  const says =
    code === 'invalid_type' && typeof expected === 'string' ? `${code}, expected ${expected}` : code;
  return `${steps.join('.') || 'the value'} (${says})`;
}
