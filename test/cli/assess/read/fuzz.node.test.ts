import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FORMAT_NAMES, HAR } from '../../../../cli/assess/read/formats.ts';
import { readAll } from './support/read-all.ts';

const formats = FORMAT_NAMES.filter((it) => it !== HAR);

/** Pieces of lines of all formats, put together in any way. */
const shard = fc.constantFrom(
  ...[
    '192.0.2.1 - - [28/Feb/2026:13:05:03 +0000] "GET / HTTP/1.1" 200 5',
    ' [',
    ']',
    '"',
    '\\"',
    '\\x',
    '\\',
    ' ',
  ],
  ...[
    '{"ts":1,"request":{"method":"GET","uri":"/"},"status":200}',
    '{"',
    '":',
    '{}',
    '[]',
    'null',
    '}',
    '\r',
    '\0',
  ],
  ...[
    'https 2026-02-28T13:05:03Z a b c 0 0 0 200 200 1 1 "GET http://a/ HTTP/1.1"',
    '-',
    '?',
    'GET ',
    ' HTTP/1.1',
  ],
  ...[
    '{"EdgeStartTimestamp":1e300}',
    '{"time":"x","status":{}}',
    '{"request":{"headers":[null,{"name":7}]}}',
  ],
);
const line = fc.oneof(
  fc.array(fc.oneof(shard, fc.string({ unit: 'binary' })), { maxLength: 8 }).map((it) => it.join('')),
  fc.json(),
);

it('reads anything without failing, and every line is read or malformed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 12 }),
      fc.constantFrom(...formats),
      fc.integer({ min: 1, max: 400 }),
      async (lines, format, piece) => {
        const text = lines.map((it) => it.replaceAll('\n', ' ')).join('\n');
        const read = await readAll(text === '' ? '' : `${text}\n`, { format, piece });
        expect(read.lines + read.malformed).toBe(text === '' ? 0 : lines.length);
        expect(read.all.length).toBe(read.lines);
        for (const { timeMs, target, status, bytes, durationMs } of read.all) {
          expect(!Number.isNaN(new Date(timeMs).getTime()) && status >= 0 && status <= 999).toBe(true);
          expect(bytes >= -1 && durationMs >= -1 && target !== '').toBe(true);
        }
        expect(read.examples.length).toBe(Math.min(5, read.malformed));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        for (const { text: shown } of read.examples) expect(shown).not.toMatch(/[\u0000-\u001f]/);
      },
    ),
    { numRuns: 400 },
  );
});

it('bytes that are no text are no failure', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(...formats),
      async (bytes, format) => {
        const text = Buffer.concat([Buffer.from('x'), bytes]);
        const newlines = text.filter((it) => it === 0x0a).length;
        const read = await readAll(text, { format });
        expect(read.lines + read.malformed).toBe(newlines + Number(text.at(-1) !== 0x0a));
      },
    ),
    { numRuns: 200 },
  );
});
