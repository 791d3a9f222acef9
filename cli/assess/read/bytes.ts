import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { exit, Failure } from '../../failure.ts';
import { shellWord } from '../../text.ts';

/** The bytes of a log, unpacked, piece by piece. */
export interface LogBytes {
  readonly pieces: AsyncIterator<Uint8Array>;
  /** On the disk; null: nobody knows. */
  readonly bytes: number | null;
  readonly bytesRead: () => number;
  close(): Promise<void>;
}

/** `file`: a path, or `-` for `stdin`. Rejects with a `Failure` where it cannot be read, at once or at its `next`. */
export async function openBytes(file: string, pieceBytes: number, stdin: Readable): Promise<LogBytes> {
  const { stream, bytes } =
    file === '-' ? { stream: stdin, bytes: null } : await openFile(file, pieceBytes).catch(refusal(file));
  let bytesRead = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of stream as AsyncIterable<Uint8Array | string>) {
      const raw = typeof piece === 'string' ? Buffer.from(piece) : piece;
      bytesRead += raw.byteLength;
      yield raw;
    }
  }
  return {
    pieces: readable(file, unpacked(file, counted(), pieceBytes)),
    bytes,
    bytesRead: () => bytesRead,
    close: async () => {
      stream.destroy();
    },
  };
}

async function openFile(
  file: string,
  pieceBytes: number,
): Promise<{ stream: Readable; bytes: number | null }> {
  const handle = await open(file);
  const stat = await handle.stat();
  if (stat.isDirectory()) {
    await handle.close();
    throw Object.assign(new Error('it is a directory'), { code: 'EISDIR' });
  }
  return {
    stream: handle.createReadStream({ highWaterMark: pieceBytes }),
    bytes: stat.isFile() ? stat.size : null,
  };
}

async function* readable(file: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (error) {
    refusal(file)(error);
  }
}

/** gzip by its first bytes, whatever the name says; what others begin with is refused, with the command that unpacks it. */
async function* unpacked(
  file: string,
  pieces: AsyncGenerator<Uint8Array>,
  pieceBytes: number,
): AsyncGenerator<Uint8Array> {
  const start: Uint8Array[] = [];
  let length = 0;
  while (length < LONGEST_MAGIC) {
    const { done, value } = await pieces.next();
    if (done) break;
    start.push(value);
    length += value.byteLength;
  }
  const beginning = Buffer.concat(start);
  const magic = MAGICS.find(({ bytes }) => bytes.every((byte, at) => beginning[at] === byte));
  if (magic && magic.unpack !== null)
    throw new Failure(
      exit.refused,
      `${nameOf(file)} is ${magic.name}: ${magic.unpack} ${file === '-' ? 'FILE' : shellWord(file)} | npm run assess -- -`,
    );
  async function* all(): AsyncGenerator<Uint8Array> {
    yield beginning;
    yield* pieces;
  }
  if (!magic) yield* all();
  // It reads several members one after the other, as rotated logs that were put together have.
  else yield* pipeline(all(), createGunzip({ chunkSize: pieceBytes }), () => {});
}

/** As messages call it. */
export const nameOf = (file: string): string => (file === '-' ? 'standard input' : file);

/** `unpack`: null: it is done here. */
const MAGICS: readonly { name: string; bytes: readonly number[]; unpack: string | null }[] = [
  { name: 'gzip', bytes: [0x1f, 0x8b], unpack: null },
  { name: 'packed by zstd', bytes: [0x28, 0xb5, 0x2f, 0xfd], unpack: 'zstd -dc' },
  { name: 'packed by xz', bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], unpack: 'xz -dc' },
  { name: 'packed by bzip2', bytes: [0x42, 0x5a, 0x68], unpack: 'bzip2 -dc' },
  { name: 'a ZIP archive', bytes: [0x50, 0x4b, 0x03, 0x04], unpack: 'unzip -p' },
  { name: 'UTF-16 text', bytes: [0xff, 0xfe], unpack: 'iconv -f UTF-16 -t UTF-8' },
  { name: 'UTF-16 text', bytes: [0xfe, 0xff], unpack: 'iconv -f UTF-16 -t UTF-8' },
];
const LONGEST_MAGIC = Math.max(...MAGICS.map(({ bytes }) => bytes.length));

const refusal =
  (file: string) =>
  (error: unknown): never => {
    if (error instanceof Failure) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === undefined ? message : (WHY[code] ?? message);
    const mend =
      code === 'Z_BUF_ERROR' && file !== '-'
        ? `; for what there is: zcat ${shellWord(file)} | npm run assess -- -`
        : '';
    throw new Failure(exit.refused, `cannot read ${nameOf(file)}: ${why}${mend}`);
  };

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory; name the files in it',
  EMFILE: 'too many files are open; put them together: zcat -f FILE… | npm run assess -- -',
  Z_BUF_ERROR: 'its gzip data end in the middle',
  Z_DATA_ERROR: 'its gzip data are damaged',
};
