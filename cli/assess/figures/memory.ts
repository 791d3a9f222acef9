/** Names of the generations in an entry, two nonces of 22 characters each, and the separators: tenant, class, class everywhere, a tag of its own. */
const GENERATIONS = 4 * (26 + 2 * 22 + 3);
/** Magic, fill token, and the meta without its key: principal, status, a few headers, `ETag`, times, coding. */
const HEAD_AND_META = 28 + 450;
/** A name in Redis with an expiry: two dictionary entries, the object, string headers, what the allocator rounds up. */
const PER_NAME = 110;
/** The generation of its own tag: its name and value. */
const OWN_GENERATION = PER_NAME + 26 + 47;
/** Where the key's text stands: as a name, in the meta, in its tag, in the tag's generation. */
const KEY_COPIES = 4;

/**
 * Bytes in Redis of one stored answer, at most, as src/store/README.md has entries. A body that is not text is written as base64; text from 1 KiB on
 * compressed, where that is shorter: a third more than the body covers both, and logs of what went over the wire compressed.
 */
export const entryBytes = (bodyBytes: number, keyLength: number): number =>
  Math.ceil((4 * bodyBytes) / 3) +
  KEY_COPIES * keyLength +
  GENERATIONS +
  HEAD_AND_META +
  PER_NAME +
  OWN_GENERATION;
