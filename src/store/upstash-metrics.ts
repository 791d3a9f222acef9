import { type Metrics, StoreError } from './port.ts';
import { settleScript } from './scripts.ts';
import { isFlag, isList, isText } from './shapes.ts';
import { callRedis, getAll, type RedisClient, type SendScript } from './upstash-rest.ts';

/** `writer`: for what an isolate tells; `reader`, `send`: for what is large, and nobody waits for at once. */
export const upstashMetrics = (writer: RedisClient, reader: RedisClient, send: SendScript): Metrics => ({
  async tell({ stream, text, most }) {
    await callRedis(isText, () =>
      writer.xadd(
        stream,
        '*',
        { [field]: text },
        { trim: { type: 'MAXLEN', comparison: '~', threshold: most } },
      ),
    );
  },

  async told({ stream, after, most }) {
    // By hand, because the SDK makes an object of the reply, whatever it is.
    const ask = ['XRANGE', stream, following(after), '+', 'COUNT', String(most)] as const;
    const documents = await callRedis(isList, () => reader.exec([...ask]));
    return documents.map((it) => {
      const [id, fields] = isList(it) ? it : [];
      if (!isText(id) || !isList(fields)) throw new StoreError('garbage');
      const text = fields[0] === field ? fields[1] : '';
      return { id, text: isText(text) ? text : '' };
    });
  },

  read: (keys) => getAll(reader, keys),

  async settle({ version: { key, expected, next }, values, told }) {
    const keys = [key, ...(told ? [told.stream] : []), ...values.flatMap((it) => it.keys)];
    const settled = await send(isFlag, settleScript, keys, [
      ...[expected === null ? 0 : 1, expected ?? '', next, told ? following(told.upTo) : ''],
      ...values.flatMap(({ value, lifeMs, keys }) => [value, lifeMs ?? 0, keys.length]),
    ]);
    return settled === 1;
  },

  async memory() {
    const info = await callRedis(isText, () => reader.exec(['INFO', 'memory']));
    const says = (name: string) => {
      const [, bytes] = new RegExp(`^${name}:(\\d{1,15})\\s*$`, 'm').exec(info) ?? [];
      return bytes === undefined ? null : Number(bytes);
    };
    // 0: there is no limit.
    return { usedBytes: says('used_memory'), limitBytes: says('maxmemory') || null };
  },
});

/** The one field of a document. */
const field = 'd';

/** The least id after this one. */
function following(id: string): string {
  const [ms, number = '0'] = id.split('-');
  return `${ms}-${BigInt(number) + 1n}`;
}
