import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Refusal } from '../refusal.ts';

/** What is waited for before a server counts as one that does not answer. */
const CONNECT_MS = 2000;

/** What such an address leads to is the proxy itself, when the port is its own. */
const ownAddresses = ['127.0.0.1', '0.0.0.0', '::ffff:7f00:1', '::ffff:127.0.0.1'];

/** Each request would come back to the proxy, which would ask itself again. */
export async function mustBeAnother(origin: string, port: number): Promise<void> {
  const { hostname, port: at } = partsOf(origin);
  if (at !== port) return;
  const found = await lookup(hostname, { all: true }).catch(() => []);
  if (found.some(({ address }) => ownAddresses.includes(address)))
    throw new Refusal(
      `--origin ${origin} is the proxy's own address; name the server behind it, or choose another port with --port N`,
    );
}

/** Why it cannot be reached, for people; null when it can. Only connects: no request that a server would count. */
export function whyUnreachable(origin: string): Promise<string | null> {
  const { hostname: host, port, secure } = partsOf(origin);
  return new Promise((done) => {
    const servername = /^[\d.]+$|:/.test(host) ? '' : host; // RFC 6066 §3: a name, never an address
    const socket = secure ? connectTls({ host, port, servername }) : connect({ host, port });
    const end = (why: string | null) => {
      socket.destroy();
      done(why);
    };
    socket.setTimeout(CONNECT_MS, () => end(`no connection within ${CONNECT_MS / 1000} s`));
    socket.once(secure ? 'secureConnect' : 'connect', () => end(null));
    socket.once('error', (error: NodeJS.ErrnoException) => end(wordsFor(error)));
  });
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'it ended the connection',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'its name cannot be looked up',
  EHOSTUNREACH: 'no way to this host',
  ENETUNREACH: 'no way to this network',
  EPROTO: 'it does not speak TLS; is it an http server?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; is it an http server?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS; is it an http server?',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is not trusted; NODE_EXTRA_CA_CERTS names a file with one to trust',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate is not trusted; NODE_EXTRA_CA_CERTS names a file with one to trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is not trusted; NODE_EXTRA_CA_CERTS names a file with one to trust',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
};

function wordsFor(error: NodeJS.ErrnoException): string {
  // Several addresses of one name, each tried: the last says it for all.
  const last = error instanceof AggregateError ? (error.errors.at(-1) as NodeJS.ErrnoException) : error;
  const code = last?.code ?? error.code ?? '';
  return words[code] ?? (code || error.message.split('\n')[0]!);
}

function partsOf(origin: string): { hostname: string; port: number; secure: boolean } {
  const { hostname, port, protocol } = new URL(origin);
  const secure = protocol === 'https:';
  return {
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'), // IPv6, as sockets want it
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    secure,
  };
}
