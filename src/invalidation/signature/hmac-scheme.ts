import { bounds } from '../../bounds.ts';
import {
  type HmacSchemeOptions,
  type Place,
  type Scheme,
  schemeDefaults,
  type Timestamp,
  type TimestampPlace,
} from './scheme.ts';

const known = ['header', ...Object.keys(schemeDefaults)];

/**
 * For a sender of your own, or one that is not in the table. Throws a `TypeError` that names each wrong field and its mend.
 *
 * `hmacScheme({ header: 'X-Acme-Signature', label: 'sha256=' })`
 */
export function hmacScheme(options: HmacSchemeOptions): Scheme {
  const scheme = { ...schemeDefaults, ...options };
  const faults = rulesOf(scheme).filter(([, holds]) => !holds);
  if (faults.length === 0) return scheme;
  const lines = faults.map(([field, , mend]) => `  ${field}: ${mend}`);
  throw new TypeError(`hmacScheme: the scheme is not valid:\n${lines.join('\n')}`);
}

type Rule = readonly [field: string, holds: boolean, mend: string];

function rulesOf(scheme: Scheme): Rule[] {
  const { header, parting, label, encoding, signed, timestamp, secret, id, type } = scheme;
  const unknown = Object.keys(scheme).filter((name) => !known.includes(name));
  return [
    ...unknown.map((name): Rule => [name, false, `there is no such field; known are ${known.join(', ')}`]),
    ['header', isHeader(header), "write a header's name: letters, digits, - and _"],
    ['parting', [',', ';', ' ', null].includes(parting), "say ',' or ';' or ' ', or null for one signature"],
    ['label', label === '' || isLabel(label), `write ${labelForm}, or '' for none`],
    ['label', !contains(label, parting), 'holds what separates the signatures; write another parting'],
    ['encoding', ['hex', 'base64'].includes(encoding), "say 'hex' or 'base64'"],
    ['signed', isTemplate(signed), `write ${templateForm}`],
    ['secret', ['text', 'whsec'].includes(secret), "say 'text' or 'whsec'"],
    ['id', id === null || isPlace(id), `write ${placeForm}, or null`],
    ['id', !signed.includes('{id}') || (id !== null && 'header' in id), 'say the header of {id} in signed'],
    ['type', type.length > 0 && type.every(isPlace), `write a list of ${placeForm}`],
    ...(timestamp === null ? [] : rulesOfTimestamp(scheme, timestamp)),
    ['timestamp', timestamp !== null || !isTimed(signed), 'say where {timestamp} in signed stands'],
  ];
}

function rulesOfTimestamp({ parting, label, signed }: Scheme, timestamp: Timestamp): Rule[] {
  const { unit, windowMs, ...place } = timestamp;
  const inBody = 'field' in place;
  const own = 'label' in place ? place.label : null;
  return [
    ['timestamp', isTimestampPlace(place), `write ${placeForm} or { label: 't=' }, with unit and windowMs`],
    ['timestamp.unit', ['s', 'ms'].includes(unit), "say 's' or 'ms'"],
    ['timestamp.windowMs', isWindow(windowMs), `write ${windowForm}`],
    ['timestamp.label', own === null || own !== label, 'is that of the signatures too; they must differ'],
    ['timestamp.label', !contains(own, parting), 'holds what separates it from the signatures'],
    ['parting', own === null || parting !== null, 'say what separates the timestamp from the signatures'],
    ['signed', inBody || isTimed(signed), 'put {timestamp} in, or anyone could change it'],
    ['signed', !inBody || !isTimed(signed), 'has the timestamp in {body}; take {timestamp} out'],
  ];
}

const contains = (text: string | null, part: string | null) => part !== null && text?.includes(part);
const isTimed = (signed: string) => signed.includes('{timestamp}');
const isHeader = (text: string) => /^[A-Za-z0-9_-]+$/.test(text);
const isPath = (text: string) => /^[^.]+(\.[^.]+)*$/.test(text);

const windowForm = `whole milliseconds, 1 to ${bounds.hookWindowMs} (a day)`;
const isWindow = (ms: number) => Number.isSafeInteger(ms) && ms >= 1 && ms <= bounds.hookWindowMs;

const labelForm = "letters, digits and _ . -, then one of = , : as in 'v1='";
const isLabel = (text: string) => /^[\w.-]+[=,:]$/.test(text);

const placeForm = "{ header: 'X-Acme-Event' } or { field: 'event.id' }";
const isPlace = (place: Place) =>
  Object.keys(place).length === 1 && ('field' in place ? isPath(place.field) : isHeader(place.header));
const isTimestampPlace = (place: TimestampPlace) =>
  'label' in place ? Object.keys(place).length === 1 && isLabel(place.label) : isPlace(place);

const templateForm =
  "printable ASCII with {body} at the end, before it {id} and {timestamp} at most once, each separated from what follows by a character that it cannot hold, as in '{id}.{timestamp}.{body}'";
/** Such a template can be taken apart in one way only. */
const isTemplate = (text: string) =>
  /^[\x20-\x7e]*$/.test(text) &&
  /^[^{}]*((\{id\}|\{timestamp\}(?!\d))[^{}]+)*\{body\}$/.test(text) &&
  text.split('{id}').length <= 2 &&
  text.split('{timestamp}').length <= 2;
