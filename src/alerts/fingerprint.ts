const mask = 0xffff_ffff_ffff_ffffn;
const encoder = new TextEncoder();

/** What Prometheus and Alertmanager know a set of labels by: FNV-1a over 64 bits, of names and values in order, each ended by a byte 255. */
export function fingerprint(labels: Readonly<Record<string, string>>): string {
  let hash = 0xcbf2_9ce4_8422_2325n;
  const add = (byte: number) => {
    hash = ((hash ^ BigInt(byte)) * 0x100_0000_01b3n) & mask;
  };
  for (const name of Object.keys(labels).toSorted())
    for (const text of [name, labels[name]!]) {
      for (const byte of encoder.encode(text)) add(byte);
      add(255);
    }
  return hash.toString(16).padStart(16, '0');
}
