import { once } from 'node:events';
import { type LogShape, logLines } from './log.ts';

/** Writes a log to standard output, as quickly as it is taken. `argv`: a `LogShape`, JSON. */
async function main(shape: LogShape): Promise<void> {
  const { stdout } = process;
  let piece: string[] = [];
  const flush = async () => {
    if (!stdout.write(piece.join(''), 'latin1')) await once(stdout, 'drain');
    piece = [];
  };
  for (const line of logLines(shape)) {
    piece.push(line);
    if (piece.length === 2_000) await flush();
  }
  await flush();
}

await main(JSON.parse(process.argv[2]!));
