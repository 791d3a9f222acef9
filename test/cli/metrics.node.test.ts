import { describe, expect, test } from 'vitest';
import { familiesOf } from '../../cli/prometheus-text.ts';
import { run } from '../../cli/run.ts';
import { deskWith } from './desk.ts';

const text = `# HELP stillfresh_requests_total Requests, by how\\nthey were answered.
# TYPE stillfresh_requests_total counter
stillfresh_requests_total{class="analytics",outcome="hit"} 1234
stillfresh_requests_total{class="a \\"quoted\\" \\\\ name",outcome="miss"} 5

# HELP stillfresh_lease_wait_seconds How long.
# TYPE stillfresh_lease_wait_seconds histogram
stillfresh_lease_wait_seconds_bucket{class="a",le="0.001"} 1
stillfresh_lease_wait_seconds_bucket{class="a",le="+Inf"} 2
stillfresh_lease_wait_seconds_sum{class="a"} 0.5
stillfresh_lease_wait_seconds_count{class="a"} 2
# TYPE stillfresh_redis_requests_total counter
stillfresh_redis_requests_total 7
`;

async function running(...args: readonly string[]) {
  const desk = deskWith(
    () => new Response(text, { headers: { 'Content-Type': 'text/plain; version=0.0.4' } }),
  );
  const code = await run(['metrics', ...args], desk.environment);
  return { code, out: desk.out(), err: desk.err(), requests: desk.requests };
}

describe('stillfresh metrics', () => {
  test('is the text of the edge', async () => {
    const { code, out, err, requests } = await running();
    expect([code, err, requests[0]!.path]).toEqual([0, '', '/-/metrics']);
    expect(out).toBe(text.replace('\n\n', '\n'));
  });

  test.each([
    ['requests', ['stillfresh_requests_total', 'stillfresh_redis_requests_total']],
    ['REDIS', ['stillfresh_redis_requests_total']],
    ['wait', ['stillfresh_lease_wait_seconds']],
  ])('--grep %s: %j', async (grep, names) => {
    const said = await running('--grep', grep);
    expect(said.out.match(/(?<=^# TYPE )\S+/gm)).toEqual(names);
    const own = new RegExp(`^(# (HELP|TYPE) )?(${names.join('|')})`);
    for (const line of said.out.trimEnd().split('\n')) expect(line).toMatch(own);
    const listed = JSON.parse((await running('--json', '--grep', grep)).out) as { name: string }[];
    expect(listed.map(({ name }) => name)).toEqual(names);
  });

  test('a name that no metric has is exit code 4', async () => {
    expect(await running('--grep', 'nothing')).toMatchObject({
      code: 4,
      out: '',
      err: 'stillfresh: no metric has nothing in its name\n',
    });
  });

  test('--json has families with their series', async () => {
    const [requests, waits, redis] = JSON.parse((await running('--json')).out);
    expect(requests).toEqual({
      name: 'stillfresh_requests_total',
      type: 'counter',
      help: 'Requests, by how\nthey were answered.',
      samples: [
        { name: 'stillfresh_requests_total', labels: { class: 'analytics', outcome: 'hit' }, value: 1234 },
        {
          name: 'stillfresh_requests_total',
          labels: { class: 'a "quoted" \\ name', outcome: 'miss' },
          value: 5,
        },
      ],
    });
    expect(waits.samples.map(({ name, labels, value }: never) => [name, labels, value])).toEqual([
      ['stillfresh_lease_wait_seconds_bucket', { class: 'a', le: '0.001' }, 1],
      ['stillfresh_lease_wait_seconds_bucket', { class: 'a', le: '+Inf' }, 2],
      ['stillfresh_lease_wait_seconds_sum', { class: 'a' }, 0.5],
      ['stillfresh_lease_wait_seconds_count', { class: 'a' }, 2],
    ]);
    expect(redis).toMatchObject({ help: '', samples: [{ labels: {}, value: 7 }] });
  });
});

describe("Prometheus' text, read", () => {
  test.each<[string, unknown]>([
    ['a_total 1e3', 1000],
    ['a_total -0.5 1700000000000', -0.5],
    ['a_total +Inf', '+Inf'],
    ['a_total NaN', 'NaN'],
    ['a_total{} 1', 1],
    ['a_total{b="c",} 1', 1],
  ])('%s has the value %j', (line, value) => {
    expect(familiesOf(`${line}\n`)?.[0]?.samples[0]?.value).toBe(value);
  });

  test.each(['a_total', 'a_total one', '1a 1', 'a{b=c} 1', 'a{b="c} 1', 'a{"b"} 1', '<html>', '{"a":1}'])(
    '%s is none',
    (line) => {
      expect(familiesOf(line)).toBeNull();
    },
  );

  test.each(['', '\n', '# EOF\n', '# a comment\n'])('%j has no families', (said) => {
    expect(familiesOf(said)).toEqual([]);
  });
});
