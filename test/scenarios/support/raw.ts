import { connect } from 'node:net';

/** What came back to bytes that no HTTP client would send. */
export interface RawAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  /** As sent, names in lower case. */
  readonly headers: string;
  readonly body: string;
}

/** Sends bytes (a string: one byte for each char) and reads until the other side closes. */
export function sendRaw(origin: string, bytes: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  const { promise, resolve } = Promise.withResolvers<RawAnswer>();
  const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    text += chunk;
  });
  // A refusal may close while we still send: what was read until then is the answer.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => resolve(parsed(text)));
  return promise;
}

function parsed(text: string): RawAnswer {
  const answer = text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [, status = '0'] = /^HTTP\/1\.\d (\d{3})/.exec(head) ?? [];
  return { status: Number(status), headers: head.toLowerCase(), body: rest.join('\r\n\r\n') };
}
