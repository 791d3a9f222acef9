import { describe, expect, it } from 'vitest';
import { asDeployed, readable } from '../../dev/proxy/line.ts';

const request = {
  event: 'request',
  level: 'info',
  request_id: '7e5a',
  method: 'GET',
  path: '/style.css',
  status: 200,
  redis_requests: 0,
  redis_ms: 0,
  origin_requests: 0,
  origin_ms: 0,
  total_ms: 1,
};
const hit = { outcome: 'hit', layer: 'l1', ttl_ms: 59_400 };
const miss = {
  outcome: 'miss',
  fwd: 'uri-miss',
  fwd_status: 200,
  origin_requests: 1,
  origin_ms: 11,
  total_ms: 12,
};
const textOf = (fields: object) => readable(JSON.stringify(fields)).text;

describe('a line of the log, for people', () => {
  it.each<[string, object, string]>([
    ['a hit', hit, 'GET 200 /style.css  hit ttl=59 (memory)  1 ms'],
    ['a hit in the store', { ...hit, layer: 'l2' }, 'GET 200 /style.css  hit ttl=59 (store)  1 ms'],
    [
      'a stale hit',
      { ...hit, outcome: 'stale', ttl_ms: -1 },
      'GET 200 /style.css  hit ttl=-1 (memory)  1 ms',
    ],
    [
      'a hit with a detail',
      { ...hit, status: 304, detail: 'request-directives-ignored' },
      'GET 304 /style.css  hit ttl=59 detail=request-directives-ignored (memory)  1 ms',
    ],
    ['a miss', { ...miss, stored: true }, 'GET 200 /style.css  fwd=uri-miss stored  12 ms (origin 11 ms)'],
    [
      'a miss that may not be stored',
      { ...miss, stored: false, detail: 'private' },
      'GET 200 /style.css  fwd=uri-miss detail=private  12 ms (origin 11 ms)',
    ],
    [
      'a validation',
      { ...miss, fwd: 'stale', fwd_status: 304, stored: true, collapsed: true },
      'GET 200 /style.css  fwd=stale stored collapsed fwd-status=304  12 ms (origin 11 ms)',
    ],
    ['the edge’s own', { path: '/-/health' }, 'GET 200 /-/health  1 ms'],
  ])('%s', (_, fields, line) => {
    expect(readable(JSON.stringify({ ...request, ...fields }))).toEqual({ level: 'info', text: line });
  });

  it('says what went wrong, each thing once', () => {
    const failed = {
      ...request,
      ...miss,
      level: 'error',
      status: 502,
      fwd_status: undefined,
      detail: 'origin-failed',
      problem: 'origin-failed',
      why: 'no connection',
      notes: ['origin-failed', 'redis-timeout'],
      failures: [{ note: 'origin-failed', says: 'no connection', class: 'http', origin_path: '/style.css' }],
      class: 'http',
    };
    expect(readable(JSON.stringify(failed))).toEqual({
      level: 'error',
      text: 'GET 502 /style.css  fwd=uri-miss detail=origin-failed  12 ms (origin 11 ms)  ! redis-timeout; origin-failed: no connection',
    });
    const noted = { ...request, ...hit, level: 'warn', notes: ['redis-timeout'] };
    expect(readable(JSON.stringify(noted))).toEqual({
      level: 'warn',
      text: 'GET 200 /style.css  hit ttl=59 (memory)  1 ms  ! redis-timeout',
    });
    const failures = [
      {
        note: 'value-of-another-shape',
        class: 'permissions',
        origin_path: '/permissions',
        fields: ['can.0'],
      },
      { note: 'origin-failed', says: 'status 500', class: 'http', origin_path: '/style.css' },
    ];
    const told = { ...request, class: 'http', notes: failures.map(({ note }) => note), failures };
    expect(textOf(told)).toBe(
      'GET 200 /style.css  1 ms  ! value-of-another-shape (permissions, /permissions, fields can.0); origin-failed: status 500',
    );
    expect(textOf({ ...request, status: 400, problem: 'invalid-request', fields: ['Host'] })).toBe(
      'GET 400 /style.css  1 ms  ! invalid-request; fields Host',
    );
  });

  it('other events, with what they say', () => {
    expect(textOf({ event: 'background', level: 'warn', request_id: '7e5a', notes: ['fill-purged'] })).toBe(
      'background  ! fill-purged',
    );
    const faults = [{ setting: 'STORE', says: 'must be redis' }];
    expect(textOf({ event: 'settings', level: 'error', faults })).toBe('settings  ! STORE must be redis');
    expect(textOf({ event: 'cron', level: 'info', redis_ms: 2, notes: [] })).toBe('cron  redis_ms=2');
  });

  it('a query, where the log has one; a program is shown what is deployed, which never has', () => {
    const asked = {
      ...request,
      query: '?range=2026-10',
      key: 'http:v1:GET:/style.css?range',
      stack: 'Error: no',
    };
    expect(textOf(asked)).toBe('GET 200 /style.css?range=2026-10  1 ms');
    expect(asDeployed(JSON.stringify(asked))).toBe(JSON.stringify(request));
    for (const theirs of ['{"event":"search","query":"q","stack":"s"}', '{ "query": 1 }'])
      expect(asDeployed(theirs)).toBe(theirs);
  });

  it('an error that nobody expected: in one line, and below it where it was thrown', () => {
    const why =
      'Error: boom\n    at load (routes/things.ts:12:9)\n    at async Object.fetch (src/edge/edge.ts:1:2)';
    expect(textOf({ ...request, status: 500, problem: 'internal', why })).toBe(
      'GET 500 /style.css  1 ms  ! internal; Error: boom\n    at load (routes/things.ts:12:9)\n    at async Object.fetch (src/edge/edge.ts:1:2)',
    );
    // What an origin or a client may have written is one line.
    expect(textOf({ ...request, status: 502, problem: 'origin-failed', why })).not.toContain('\n');
  });

  it('what is no log line is shown, as a warning', () => {
    expect(readable('[Upstash QStash] no way')).toEqual({ level: 'warn', text: '[Upstash QStash] no way' });
    for (const odd of ['', '1', 'null', '[]', '"x"', '{'])
      expect(readable(odd)).toEqual({ level: 'warn', text: odd });
    expect(textOf({})).toBe('log');
    // Such as `console.error(error)` in a handler.
    const error = 'Error: no\n    at load (routes/a.ts:1:2)\r\n\u001b[2Jmore\n';
    expect(readable(error).text).toBe('Error: no\n    at load (routes/a.ts:1:2)\n\\u001b[2Jmore\n');
  });

  it('is one line that no terminal obeys, whatever the client or an error put into it', () => {
    const clear = '\u001b[2J';
    const evil = `a\nb\r${clear}\u2028\u202e\u0085`;
    const all = {
      ...request,
      method: evil,
      path: `/${evil}`,
      problem: evil,
      why: evil,
      notes: [evil],
      detail: evil,
    };
    const outcomes = [{}, { ...hit, layer: evil }, { ...miss, fwd: evil, fwd_status: evil, origin_ms: evil }];
    const events = [
      ...outcomes.map((it) => ({ ...all, ...it })),
      { event: evil, level: evil, other: { evil } },
    ];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    const obeyed = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/;
    for (const text of events.map(textOf)) expect(text).not.toMatch(obeyed);
    for (const text of readable(evil).text.split('\n')) expect(text).not.toMatch(obeyed);
    expect(textOf({ ...request, path: `/${clear}` })).toContain('/\\u001b[2J');
  });

  it('is coloured on request only, and says the same', () => {
    const line = JSON.stringify({ ...request, ...hit, level: 'warn', notes: ['redis-timeout'] });
    const coloured = readable(line, { colour: true }).text;
    expect(coloured).toContain('\u001b[32mhit\u001b[39m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(readable(line).text);
  });
});
