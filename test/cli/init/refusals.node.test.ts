import { describe, expect, test } from 'vitest';
import { init } from '../../../cli/init/init.ts';
import { deskWith } from '../desk.ts';
import { helpDesk } from './answers.ts';

const nobody = () => new Response(null, { status: 500 });
const print = (answers: unknown) => {
  const text = typeof answers === 'string' ? answers : JSON.stringify(answers);
  const desk = deskWith(nobody, { files: { 'answers.json': text } });
  const flags = { answers: 'answers.json', from: undefined, print: true, force: false, json: false };
  return init(flags, desk.environment).then(() => desk.out());
};
const withData = (...data: unknown[]) => print({ ...helpDesk, data });

describe('answers that cannot be used name the field and the mend, and nothing is written', () => {
  test.each([
    ['not JSON', '{', /--answers: is not JSON/],
    ['a list', [], /--answers: must be one object, {name, purpose/],
    ['no pain', { ...helpDesk, pain: undefined }, /pain: is missing. What hurts today/],
    ['an empty name', { ...helpDesk, name: ' ' }, /name: must not be empty/],
    ['another question', { ...helpDesk, colour: 'red' }, /colour/],
    ['no data', { ...helpDesk, data: [] }, /data: must name at least one kind of data/],
    [
      'a sender that nobody knows how to verify',
      { ...helpDesk, operations: { webhooks: [{ name: 'x', scheme: 'hubspot' }] } },
      /operations.webhooks.0.scheme: must be one of stripe, github/,
    ],
    [
      'a claim that is a number',
      { ...helpDesk, tenancy: { tenant: 7 } },
      /tenancy.tenant: must be the name of a claim/,
    ],
  ])('%s', async (_, answers, says) => {
    await expect(print(answers)).rejects.toThrow(says);
  });

  test.each([
    ['a duration without unit', [{ name: 'a', ttl: '5' }], /data.0.ttl: must be a number and a unit/],
    ['a path without slash', [{ name: 'a', path: 'v1/a' }], /data.0.path: must be a path such as/],
    ['a path of the edge itself', [{ name: 'a', path: '/-/a' }], /data.0.path: must not begin with/],
    [
      'a tenant in the path',
      [{ name: 'a', path: '/v1/:tenant_id/a' }],
      /data.0.path: :tenant_id may come only from verified identity; write a path without it/,
    ],
    [
      'one path twice',
      [
        { name: 'a', path: '/v1/:x' },
        { name: 'b', path: '/v1/:y' },
      ],
      /data.1.path: two have this path/,
    ],
    ['one name twice', ['a', 'a'], /data.1.name: two have this name/],
    [
      'two names that are one in code',
      ['a-b', { name: 'a_b', path: '/v1/c' }],
      /data.1.name: in code it reads like another/,
    ],
    ['a parameter twice', [{ name: 'a', path: '/v1/:x?y=:x' }], /data.0.path: two parameters have one name/],
    [
      'a parameter that is not there',
      [{ name: 'a', params: { x: 'id' } }],
      /data.0.params.x: is not in path/,
    ],
    [
      'a kind of parameter that there is not',
      [{ name: 'a', path: '/:x', params: { x: 'text' } }],
      /data.0.params.x: must be one of id, date, month, page/,
    ],
    [
      'public data that are written',
      [{ name: 'a', who: 'public', written: true }],
      /data.0.written: public data cannot be written/,
    ],
    [
      'strict data that may be stale',
      [{ name: 'a', strict: true, whileDown: '1h' }],
      /data.0.whileDown: strict data are never shown stale/,
    ],
    [
      'an event of both public and private data',
      [
        { name: 'a', changedBy: ['x'] },
        { name: 'b', who: 'public', changedBy: ['x'] },
      ],
      /data.1.changedBy: x changes tenants' data too/,
    ],
  ])('%s', async (_, data, says) => {
    await expect(withData(...data)).rejects.toThrow(says);
  });

  test('a file that is not there', async () => {
    const { environment } = deskWith(nobody);
    const flags = { answers: 'nowhere.json', from: undefined, print: true, force: false, json: false };
    await expect(init(flags, environment)).rejects.toThrow('--answers: nowhere.json cannot be read (ENOENT)');
  });

  test('no answers, and nobody to ask', async () => {
    const { environment } = deskWith(nobody);
    const flags = { answers: undefined, from: undefined, print: true, force: false, json: false };
    await expect(init(flags, environment)).rejects.toThrow(
      /give --answers FILE, or run it in a terminal:\n {2}name: is missing/,
    );
  });
});
