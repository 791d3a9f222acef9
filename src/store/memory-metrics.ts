import type { Metrics } from './port.ts';
import type { Slots } from './slots.ts';

/** Figures in one isolate's memory, each verb the twin of a command or a script. */
export function memoryMetrics(slots: Slots, now: () => number): Metrics {
  /** Each as long as the slot of its name is there. */
  const streams = new Map<string, { readonly id: Id; readonly text: string }[]>();
  let last: Id = [0, 0];

  function documentsOf(stream: string) {
    if (slots.get(stream) === null) streams.delete(stream);
    return streams.get(stream) ?? [];
  }

  return {
    async tell({ stream, text, most }) {
      const ms = Math.floor(now());
      last = ms > last[0] ? [ms, 0] : [last[0], last[1] + 1];
      streams.set(stream, [...documentsOf(stream), { id: last, text }].slice(-most));
      slots.set(stream, '', Number.POSITIVE_INFINITY);
    },

    async told({ stream, after, most }) {
      const later = documentsOf(stream).filter(({ id }) => isAfter(id, parsed(after)));
      return later.slice(0, most).map(({ id, text }) => ({ id: id.join('-'), text }));
    },

    read: async (keys) => keys.map((key) => slots.get(key)),

    async settle({ version, values, told }) {
      if (slots.get(version.key) !== version.expected) return false; // guard: settle-version
      slots.set(version.key, version.next, Number.POSITIVE_INFINITY);
      if (told) {
        const left = documentsOf(told.stream).filter(({ id }) => isAfter(id, parsed(told.upTo)));
        streams.set(told.stream, left);
      }
      for (const { keys, value, lifeMs } of values)
        for (const key of keys) slots.set(key, value, lifeMs ?? Number.POSITIVE_INFINITY);
      return true;
    },

    memory: async () => ({ usedBytes: slots.bytes, limitBytes: slots.maxBytes }),
  };
}

type Id = readonly [ms: number, number: number];

const isAfter = ([ms, number]: Id, [otherMs, other]: Id) =>
  ms > otherMs || (ms === otherMs && number > other);

function parsed(id: string): Id {
  const [ms, number = 0] = id.split('-').map(Number);
  return [ms ?? 0, number];
}
