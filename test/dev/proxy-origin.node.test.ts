import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { mustBeAnother, whyUnreachable } from '../../dev/proxy/origin.ts';
import { freePorts, listenAt } from './dev-command.ts';

describe('whether the origin can be reached', () => {
  it('a server that listens, and nobody asks it anything', async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.end();
    });
    const port = await freePorts();
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    expect(await whyUnreachable(`http://127.0.0.1:${port}/app`)).toBeNull();
    expect(await whyUnreachable(`http://localhost:${port}`)).toBeNull();
    expect(await whyUnreachable(`https://127.0.0.1:${port}`)).toBe(
      'it does not speak TLS; is it an http server?',
    );
    await new Promise((done) => server.close(done));
    expect(requests).toBe(0);
  });

  it.each([
    ['127.0.0.1', 'connection refused'],
    ['localhost', 'connection refused'],
    ['[::1]', /^(connection refused|no way to this network|EADDRNOTAVAIL)$/],
    ['stillfresh.invalid', /^(no such host|its name cannot be looked up)$/],
  ])('nobody at %s', async (host, why) => {
    expect(await whyUnreachable(`http://${host}:${await freePorts()}`)).toEqual(
      typeof why === 'string' ? why : expect.stringMatching(why),
    );
  });

  it('one that accepts and says nothing counts as there: http servers speak second', async () => {
    const silent = await listenAt(await freePorts());
    expect(await whyUnreachable(`http://127.0.0.1:${silent.port}`)).toBeNull();
    await silent.close();
  });
});

describe('the proxy is not its own origin', () => {
  it.each(['127.0.0.1', 'localhost', '0.0.0.0', '127.1', '[::ffff:127.0.0.1]'])('%s', async (host) => {
    const origin = new URL(`http://${host}:8787`).origin;
    await expect(mustBeAnother(origin, 8787)).rejects.toThrow(/is the proxy's own address; name the server/);
    await expect(mustBeAnother(origin, 8788)).resolves.toBeUndefined();
  });

  it('a scheme’s own port counts', async () => {
    await expect(mustBeAnother('http://127.0.0.1', 80)).rejects.toThrow('own address');
    await expect(mustBeAnother('https://127.0.0.1', 443)).rejects.toThrow('own address');
  });

  it('another address on the same port is another server', async () => {
    await expect(mustBeAnother('http://[::1]:8787', 8787)).resolves.toBeUndefined();
    await expect(mustBeAnother('http://stillfresh.invalid:8787', 8787)).resolves.toBeUndefined();
  });
});
