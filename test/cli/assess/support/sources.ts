import type { LogLine } from '../../../../cli/assess/log-line.ts';
import type { LogSource, RouteTemplates } from '../../../../cli/assess/source.ts';

/** A log out of lines, in pieces of so many. */
export function sourceOf(
  lines: readonly LogLine[],
  piece = 7,
  tells = 0,
): LogSource & { isClosed(): boolean } {
  let at = 0;
  let closed = false;
  const given: LogLine = blankLine();
  return {
    async next(each) {
      const end = Math.min(lines.length, at + piece);
      for (; at < end; at++) each(Object.assign(given, lines[at]));
      return at < lines.length;
    },
    get bytesRead() {
      return at;
    },
    bytes: lines.length,
    tells,
    report: () => ({ file: 'log', format: 'test', lines: at, malformed: 0, examples: [] }),
    async close() {
      closed = true;
    },
    isClosed: () => closed,
  };
}

export const blankLine = (): LogLine => ({
  timeMs: 0,
  method: 'GET',
  target: '/',
  status: 200,
  bytes: -1,
  durationMs: -1,
  signs: 0,
  etag: null,
});

export const lineOf = (line: Partial<LogLine>): LogLine => ({ ...blankLine(), ...line });

/** Routes by a function of the path. */
export function templatesBy(routeOf: (path: string) => string): RouteTemplates {
  const numbers = new Map<string, number>();
  return {
    numberOf(path) {
      const route = routeOf(path);
      if (!numbers.has(route)) numbers.set(route, numbers.size);
      return numbers.get(route)!;
    },
    names: () => [...numbers.keys()],
  };
}
