import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openLogs } from '../../../../cli/assess/read/open-log.ts';
import { readAll, withFile } from './support/read-all.ts';

const lineOf = (path: string) =>
  `192.0.2.1 - - [28/Feb/2026:13:05:03 +0000] "GET ${path} HTTP/1.1" 200 5 "https://a.example/?token=x" "agent"`;
const one = lineOf('/1');
const two = lineOf('/2');
const targetsOf = ({ all }: { all: readonly { target: string }[] }) => all.map(({ target }) => target);

describe('bytes become lines', () => {
  it.each([
    ['with newlines', `${one}\n${two}\n`],
    ['without one at the end', `${one}\n${two}`],
    ['with carriage returns', `${one}\r\n${two}\r\n`],
    ['with a byte order mark', `\uFEFF${one}\n${two}`],
    ['with NULs of a machine that went down', `${one}\n\0\0\0\0${two}`],
  ])('%s', async (_, text) => {
    for (const piece of [1, 7, 65_536]) {
      const read = await readAll(text, { piece });
      expect(read).toMatchObject({ format: 'combined', lines: 2, malformed: 0 });
      expect(targetsOf(read)).toEqual(['/1', '/2']);
    }
  });

  it('an empty log has a format of its own', async () => {
    expect(await readAll('')).toMatchObject({ format: 'empty', lines: 0, malformed: 0 });
    expect(await readAll('\n\n')).toMatchObject({ format: 'empty', lines: 0, malformed: 2 });
  });

  it('a line longer than 64 KiB is malformed, and the next one is read', async () => {
    const long = lineOf(`/${'x'.repeat(70_000)}`);
    for (const piece of [1_000, 65_536, 1 << 20]) {
      const read = await readAll(`${one}\n${long}\n${two}\n${long}`, { piece });
      expect(targetsOf(read)).toEqual(['/1', '/2']);
      expect(read.examples.map(({ line, why }) => [line, why])).toEqual([
        [2, 'it is longer than 64 KiB'],
        [4, 'it is longer than 64 KiB'],
      ]);
      expect(read.examples[0]!.text.length).toBeLessThan(200);
    }
  });

  it('the first five malformed lines are shown, without controls, queries and credentials', async () => {
    const bad = 'GET /a?token=s3cret \u001b[31m "authorization":"Bearer s3cret" Bearer s3cret';
    const read = await readAll(`${one}\n${`${bad}\n`.repeat(7)}${two}`);
    expect(read).toMatchObject({ lines: 2, malformed: 7 });
    expect(read.examples).toHaveLength(5);
    expect(read.examples[0]).toEqual({
      line: 2,
      text: 'GET /a?… \uFFFD[31m "authorization":"…" Bearer …',
      why: 'it has no time in brackets',
    });
  });
});

describe('packed logs', () => {
  it('gzip is known by its first bytes, and may have several members', async () => {
    const packed = Buffer.concat([gzipSync(`${one}\n`), gzipSync(`${two}\n`)]);
    for (const piece of [1, 5, 65_536])
      expect(targetsOf(await readAll(packed, { piece }))).toEqual(['/1', '/2']);
    await withFile(packed, async (path) => {
      const [log] = await openLogs([path]);
      const targets: string[] = [];
      while (await log!.next(({ target }) => targets.push(target)));
      expect(targets).toEqual(['/1', '/2']);
      expect([log!.bytes, log!.bytesRead]).toEqual([packed.length, packed.length]);
      await log!.close();
    });
  });

  it('one that ends in the middle is refused, with the way to read what there is', async () => {
    const packed = gzipSync(`${one}\n`.repeat(50)).subarray(0, 60);
    await withFile(packed, (path) =>
      expect(openLogs([path])).rejects.toThrow(
        /its gzip data end in the middle; for what there is: zcat .*access\.log \|/,
      ),
    );
  });

  it.each([
    [
      'zstd',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]),
      'standard input is packed by zstd: zstd -dc FILE |',
    ],
    ['UTF-16', Buffer.from('\uFEFFa b', 'utf16le'), 'standard input is UTF-16 text: iconv'],
    ['ZIP', Buffer.from('PK\x03\x04..', 'latin1'), 'standard input is a ZIP archive'],
  ])('%s is refused with the command that unpacks it', async (_, bytes, message) => {
    await expect(readAll(bytes)).rejects.toThrow(message);
  });
});

describe('which format', () => {
  it('malformed lines at the beginning do not decide it', async () => {
    const read = await readAll(`starting up\n${'panic: no\n'.repeat(8)}${one}\n`);
    expect(read).toMatchObject({ format: 'combined', lines: 1, malformed: 9 });
  });

  it('one line of another kind does not decide it: the more particular format is taken', async () => {
    const traefik = `${two} 7 "web@docker" "http://10.0.0.4:80" 17ms`;
    const read = await readAll(`${one}\n${`${traefik}\n`.repeat(5)}`);
    expect(read).toMatchObject({ format: 'traefik', lines: 6, malformed: 0 });
    expect(read.all.map(({ durationMs }) => durationMs)).toEqual([-1, 17, 17, 17, 17, 17]);
  });

  it('is refused where it is not known: what was seen, what is known, how to say it', async () => {
    const refused = readAll(`#Version: 1.0\n${'a\tb\tc\n'.repeat(20)}`);
    await expect(refused).rejects.toThrow('the format of standard input is not recognised');
    await expect(refused).rejects.toThrow('it begins with: #Version: 1.0');
    await expect(refused).rejects.toThrow('taken for combined: it has no time in brackets');
    await expect(refused).rejects.toThrow('known: traefik, combined, common, alb, cloudflare');
    await expect(refused).rejects.toThrow('--format');
  });

  it('of JSON it is said which field is not there', async () => {
    await expect(readAll('{"time":1772283903,"method":"GET","uri":"/a"}')).rejects.toThrow(
      'taken for nginx-json: it has no status (status, status_code,',
    );
  });

  it('can be said, and is then taken for that', async () => {
    expect(await readAll('a\nb', { format: 'common' })).toMatchObject({
      format: 'common',
      lines: 0,
      malformed: 2,
    });
    await expect(readAll(one, { format: 'w3c' })).rejects.toThrow(
      '--format w3c: it is one of traefik, combined',
    );
  });
});

describe('files', () => {
  it('several are opened, those of one command alike', async () => {
    await withFile(`${one}\n`, async (path) => {
      const logs = await openLogs([path, path]);
      expect(logs.map((it) => it.bytes)).toEqual([one.length + 1, one.length + 1]);
      await Promise.all(logs.map((it) => it.close()));
    });
  });

  it.each([
    ['none', ['/nowhere/access.log'], 'cannot read /nowhere/access.log: there is no such file'],
    ['a folder', ['.'], 'cannot read .: it is a directory; name the files in it'],
    ['standard input twice', ['-', '-'], 'standard input (-) can be read once'],
    ['too many', Array.from({ length: 501 }, () => 'a'), '501 files are more than the 500'],
  ])('%s: refused', async (_, files, message) => {
    await expect(openLogs(files)).rejects.toThrow(message);
  });
});
