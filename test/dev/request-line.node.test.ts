import { afterEach, describe, expect, test, vi } from 'vitest';
import { logger } from '../../dev/request-line.ts';

afterEach(() => void vi.restoreAllMocks());

function shownOf(show: 'problems' | 'lines' | 'json', line: string): number {
  const told = vi.spyOn(console, 'log').mockImplementation(() => {});
  logger(show)(line);
  return told.mock.calls.length;
}

const tick = (more: object) =>
  JSON.stringify({ event: 'cron', level: 'info', cron: '* * * * *', redis_ms: 3, notes: [], ...more });

/** The cron runs several times a minute here. */
describe('a tick of the cron', () => {
  test.each<[string, string, number]>([
    ['that has nothing to say is not shown', tick({}), 0],
    ['that failed is', tick({ level: 'error', notes: ['redis-unreachable'] }), 1],
    ['that noted something is', tick({ level: 'warn', notes: ['queue-late'] }), 1],
    ['that looked after a purge is', tick({ purges: { looked: 1 } }), 1],
    ['in the path of a request is a request', tick({ event: 'request', path: '"event":"cron"' }), 1],
  ])('%s', (_, line, shown) => {
    expect(shownOf('lines', line)).toBe(shown);
    vi.restoreAllMocks();
    expect(shownOf('json', line), 'to a program').toBe(1);
  });
});
