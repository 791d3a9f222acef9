import { describe, expect, test } from 'vitest';
import { run } from '../../cli/run.ts';
import { type DeskOptions, deskWith, EDGE, ID, json, problem, receiptAt, TOKEN } from './desk.ts';

const DONE = receiptAt(60_000, { appliedMs: 300, verifiedMs: 31_200 }, { events: ['invoice_paid'], met: 1 });

async function emitting(args: readonly string[], options: DeskOptions = {}) {
  const desk = deskWith(
    ({ method }) => (method === 'POST' ? json({ purge_id: ID }, 202) : json(DONE)),
    options,
  );
  const code = await run(['emit', ...args], desk.environment);
  return { code, out: desk.out(), err: desk.err(), requests: desk.requests };
}

describe('stillfresh emit', () => {
  test('sends an event, and watches what it purges', async () => {
    const { code, out, err, requests } = await emitting([
      'invoice_paid',
      '--tenant',
      'acme',
      '--set',
      'invoice_id=inv_0001',
    ]);
    expect([code, out, err]).toEqual([0, `${ID}\n`, 'verified after 31 s\n']);
    expect(requests[0]).toEqual({
      method: 'POST',
      path: '/-/emit',
      token: `Bearer ${TOKEN}`,
      body: { event: 'invoice_paid', tenant: 'acme', payload: { invoice_id: 'inv_0001' } },
    });
    expect(requests[1]!.path).toBe(`/-/purges/${ID}`);
  });

  test.each<[readonly string[], object]>([
    [['--payload', '{"ids":[1,2]}'], { ids: [1, 2] }],
    [['--payload', '@event.json'], { from: 'file' }],
    [['--payload', 'event.json'], { from: 'file' }],
    [['--payload', '-'], { from: 'stdin' }],
    [['--payload=-', '--set', 'from=here', '--set', 'text=a=b'], { from: 'here', text: 'a=b' }],
    [['--set', 'ids=["a","b"]', '--set', 'of={"x":1}'], { ids: ['a', 'b'], of: { x: 1 } }],
    [
      ['--set', 'count=7', '--set', 'digits="7"', '--set', 'all=true', '--set', 'open=[a', '--set', 'none='],
      { count: 7, digits: '7', all: true, open: '[a', none: '' },
    ],
    [[], {}],
  ])('the payload of %j is %j; a public event has no tenant', async (flags, payload) => {
    const files = { 'event.json': '{"from":"file"}', '-': '{"from":"stdin"}' };
    const { code, requests } = await emitting(['refreshed', '--no-wait', ...flags], { files });
    expect(code).toBe(0);
    expect(requests[0]!.body).toEqual({ event: 'refreshed', payload });
  });

  test.each<[readonly string[], string]>([
    [[], 'which event? npx stillfresh emit EVENT'],
    [['a', 'b'], 'b stands alone; give one event'],
    [['a', '--payload', '[1]'], '--payload [1]: give a JSON object'],
    [['a', '--payload', '{"a":'], '--payload {"a":: give a JSON object'],
    [['a', '--payload', 'none.json'], '--payload none.json: there is no such file; give a file, JSON, or -'],
    [['a', '--payload', '@none.json'], '--payload @none.json: there is no such file'],
    [['a', '--payload', '-'], '--payload - is empty'],
    [['a', '--set', 'b'], '--set b: give a name and a value, such as --set name=value'],
    [['a', '--set', 'b=1', '--set', 'b=2'], '--set b is given twice'],
    [['a', '--tenent', 'acme'], 'there is no flag --tenent; did you mean --tenant?'],
  ])('%j is refused before anything is sent', async (args, said) => {
    const { code, out, err, requests } = await emitting(args, { files: { '-': '' } });
    expect([code, out, requests]).toEqual([2, '', []]);
    expect(err).toContain(`stillfresh: ${said}`);
    expect(err.endsWith('Try: npx stillfresh emit --help\n')).toBe(true);
  });

  test('what the edge refuses is told by the names of the command', async () => {
    const errors = [
      { field: 'event', detail: "is no event of the strategy; did you mean 'invoice_paid'?" },
      { field: 'tenant', detail: 'is missing' },
      { field: 'payload.invoice_id', detail: 'is missing' },
    ];
    const desk = deskWith(() => problem(422, { title: 'Wrong', errors }));
    expect(await run(['emit', 'invoice_payd'], desk.environment)).toBe(2);
    expect(desk.err().split('\n')).toEqual([
      `stillfresh: ${EDGE} answered 422: Wrong`,
      "  EVENT: is no event of the strategy; did you mean 'invoice_paid'?",
      '  --tenant: is missing',
      '  --payload invoice_id: is missing',
      '',
    ]);
    const wrong = [
      { field: 'payload.ids.1', detail: 'is missing' },
      { field: 'payload.id', detail: 'must be text' },
      { field: 'payload.other', detail: 'is missing' },
    ];
    const sets = deskWith(() => problem(422, { title: 'Wrong', errors: wrong }));
    await run(['emit', 'a', '--set', 'ids=["a",1]', '--set', 'id=7'], sets.environment);
    expect(sets.err().split('\n').slice(1)).toEqual([
      '  --set ids.1: is missing',
      `  --set id (as text: 'id="7"'): must be text`,
      '  --payload other: is missing',
      '',
    ]);
  });
});
