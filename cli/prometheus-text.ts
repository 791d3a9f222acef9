/** One metric with all its series, as Prometheus' text format tells it. */
export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** That of the family, or with `_bucket`, `_sum`, `_count` behind it. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As JSON has numbers; what it has none for (`NaN`, `+Inf`) stays a text. */
  readonly value: number | string;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/gy;

/** Null for what is no such text. Comments of no meaning, and `# EOF`, are left out. */
export function familiesOf(text: string): readonly Family[] | null {
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>();
  const familyOf = (name: string) => {
    const known = families.get(name) ?? { type: 'untyped', help: '', samples: [] };
    families.set(name, known);
    return known;
  };
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [, word, about = '', said = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (word === 'HELP')
      familyOf(about).help = said.replace(/\\([\\n])/g, (_, it) => (it === 'n' ? '\n' : it));
    else if (word === 'TYPE') familyOf(about).type = said;
    else if (!line.startsWith('#')) {
      const sample = sampleOf(line);
      if (!sample) return null;
      const base = sample.name.replace(/_(bucket|sum|count)$/, '');
      const isPart = families.has(base) && !families.has(sample.name);
      familyOf(isPart ? base : sample.name).samples.push(sample);
    }
  }
  return [...families].map(([name, it]) => ({ name, ...it }));
}

function sampleOf(line: string): Sample | null {
  const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined) return null;
  const found = [...labels.matchAll(LABEL)];
  if (found.map(([whole]) => whole).join('') !== labels) return null;
  const number = /^[+-]?(Inf|NaN)$/i.test(value) ? value : Number(value);
  if (Number.isNaN(number)) return null;
  return {
    name,
    labels: Object.fromEntries(found.map(([, label, said]) => [label!, unescaped(said!)])),
    value: number,
  };
}

const unescaped = (text: string) => text.replace(/\\(.)/g, (_, it: string) => (it === 'n' ? '\n' : it));
