import type { Random } from '../../../dev/origin/random.ts';
import {
  bytesOf,
  encoded,
  type Message,
  messageOf,
  type Sent,
  type Signer,
  type SignerName,
  signatureOf,
  signerNames,
  signers,
} from './signers.ts';

/** A webhook as its sender sent it, and what a forger may have besides. */
export interface Original {
  readonly signer: Signer;
  readonly message: Message;
  readonly signature: string;
  readonly sent: Sent;
  /** Signatures of other messages, with other secrets and by other rules, written as this one is. */
  readonly foreign: readonly string[];
}

/** One that its sender never sent; null where there is no such thing to forge. */
export type Forge = (original: Original, random: Random) => Sent | null;

/** The original's headers, with other signatures in the place of the one. */
const withSignatures = ({ signer, message, sent }: Original, ...signatures: readonly string[]): Sent => ({
  headers: signer.headers(message, signatures.map((it) => signer.label + it).join(signer.parting ?? '')),
  body: sent.body,
});
const withLabel = ({ signer, message, signature, sent }: Original, label: string): Sent => ({
  headers: signer.headers(message, label + signature),
  body: sent.body,
});
const withBody = ({ sent }: Original, body: Uint8Array<ArrayBuffer>): Sent => ({
  headers: sent.headers,
  body,
});
/** What is signed outside the body changes in the headers, and all else in the body. */
function withMessage(
  { signer, signature, message, sent }: Original,
  part: 'id' | 'time',
  other: Message,
): Sent {
  if (!signer.signs.includes(part)) return { headers: sent.headers, body: other.body };
  return {
    headers: signer.headers({ ...other, body: message.body }, signer.label + signature),
    body: sent.body,
  };
}

const replaced = (text: string, at: number, count: number, by: string) =>
  text.slice(0, at) + by + text.slice(at + count);
const place = (text: { readonly length: number }, random: Random) => random.between(0, text.length - 1);
const randomBytes = (length: number, { between }: Random) =>
  Uint8Array.from({ length }, () => between(0, 255));
/** Printable, and neither white space, which headers lose at their ends, nor what parts one signature from the next. */
const letters = [...Array(0x7f).keys()]
  .slice(0x21)
  .map((code) => String.fromCharCode(code))
  .filter((letter) => letter !== ',' && letter !== ';');
const alphabet = {
  hex: [...'0123456789abcdef'],
  base64: [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'],
};
const swapCase = (letter: string) =>
  letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
const labels = ['', ...'v0= v1= v2= V1= v1, v1a, sha1= sha256= sha512= h1= h2= sig-2: t='.split(' ')];

const spliced = (body: Uint8Array, at: number, count: number, by: Uint8Array) =>
  new Uint8Array([...body.subarray(0, at), ...by, ...body.subarray(at + count)]);

export const forgeries = {
  'a bit of the body flipped': (it, random) => {
    const body = it.sent.body.slice();
    body[place(body, random)]! ^= 1 << random.between(0, 7);
    return withBody(it, body);
  },
  'bytes of the body changed': (it, random) => {
    const { body } = it.sent;
    const count = random.between(1, 3);
    return withBody(it, spliced(body, place(body, random), count, randomBytes(count, random)));
  },
  'bytes of the body removed': (it, random) => {
    const { body } = it.sent;
    return withBody(it, spliced(body, place(body, random), random.between(1, 3), new Uint8Array()));
  },
  'bytes added to the body': (it, random) => {
    const { body } = it.sent;
    const added = randomBytes(random.between(1, 3), random);
    return withBody(it, spliced(body, random.between(0, body.length), 0, added));
  },
  'another body': (it, random) => withBody(it, randomBytes(random.between(0, 40), random)),
  'another time within the window': (it, random) => {
    const steps = random.between(1, stepsOf(it.signer)) * random.pick([-1, 1]);
    return withMessage(it, 'time', messageOf(it.message.id, it.message.atMs + steps * it.signer.unitMs));
  },
  'another id': (it, random) => {
    const { id, atMs } = it.message;
    const at = place(id, random);
    const by = random.pick(['x', 'Y', '0', '_', swapCase(id.charAt(at))]);
    return withMessage(it, 'id', messageOf(replaced(id, at, random.between(0, 1), by), atMs));
  },
  'a letter of the signature changed': (it, random) => {
    const by = random.pick(random.between(0, 3) === 0 ? letters : alphabet[it.signer.encoding]);
    return withSignatures(it, replaced(it.signature, place(it.signature, random), 1, by));
  },
  'letters of the signature removed': (it, random) =>
    withSignatures(it, replaced(it.signature, place(it.signature, random), random.between(1, 40), '')),
  'letters added to the signature': (it, random) => {
    const added = Array.from({ length: random.between(1, 4) }, () => random.pick(letters)).join('');
    return withSignatures(it, replaced(it.signature, random.between(0, it.signature.length), 0, added));
  },
  'letters of the signature in the other case': (it, random) => {
    const odds = random.pick([2, 8, 60]);
    const letters = [...it.signature].map((letter) =>
      random.between(1, odds) === 1 ? swapCase(letter) : letter,
    );
    return withSignatures(it, letters.join(''));
  },
  'another label': (it, random) => withLabel(it, random.pick(labels)),
  'no signature': (it) => {
    const [header] = Object.entries(it.sent.headers).find(([, value]) => value.includes(it.signature))!;
    const { [header]: _, ...headers } = it.sent.headers;
    return { headers, body: it.sent.body };
  },
  'a signature of something else': (it, random) => withSignatures(it, random.pick(it.foreign)),
  'all the signatures of something else': (it, random) =>
    it.signer.parting === null ? null : withSignatures(it, ...it.foreign.slice(random.between(0, 8))),
  'random signatures': (it, random) => {
    const count = it.signer.parting === null ? 1 : random.between(1, 4);
    const made = Array.from({ length: count }, () => encoded(it.signer.encoding, randomBytes(32, random)));
    return withSignatures(it, ...made);
  },
  'a random text': (it, random) =>
    withSignatures(it, Array.from({ length: random.between(0, 70) }, () => random.pick(letters)).join('')),
} satisfies Record<string, Forge>;

export const forgeryNames = Object.keys(forgeries) as (keyof typeof forgeries)[];

export const secretOf = (name: SignerName) => bytesOf(`the secret of ${name}, long enough`);

/** Messages of the inner half of the window, so that another time may be within it too; half of them are no text. */
export function originalsOf(name: SignerName, nowMs: number, random: Random): Promise<Original[]> {
  const signer = signers[name];
  const steps = stepsOf(signer);
  const messages = Array.from({ length: 40 }, (_, nth): Message => {
    const message = messageOf(`Evt_${nth}`, nowMs + random.between(-steps, steps) * signer.unitMs);
    const isText = name === 'linear' || nth % 2 === 0;
    return isText ? message : { ...message, body: randomBytes(random.between(1, 100), random) };
  });
  return Promise.all(
    messages.map(async (message, nth) => {
      const other = messages[(nth + 1) % messages.length]!;
      const signature = await signatureOf(signer, message, secretOf(name));
      const foreign = await Promise.all([
        signatureOf(signer, other, secretOf(name)),
        signatureOf(signer, { ...message, body: other.body }, secretOf(name)),
        signatureOf(signer, message, secretOf(name).slice(0, -1)),
        signatureOf(signer, message, new Uint8Array(32)),
        ...signerNames.filter((it) => it !== name).map((it) => signatureOf(signer, message, secretOf(it))),
        ...Object.values(signers).map(({ before }) =>
          signatureOf({ ...signer, before }, message, secretOf(name)),
        ),
      ]);
      return {
        signer,
        message,
        signature,
        sent: { headers: signer.headers(message, signer.label + signature), body: message.body },
        foreign: [...new Set(foreign)].filter((it) => it !== signature),
      };
    }),
  );
}

/** Half of the window, in steps of the time's precision. */
const stepsOf = ({ windowMs, unitMs }: Signer) => Math.floor(Math.min(windowMs, 600_000) / 2 / unitMs);
