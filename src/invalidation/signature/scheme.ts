/** The place of a text. A field may lie deeper: `event.type`. */
export type Place = { readonly header: string } | { readonly field: string };

/** `label`: in the signature's header. `header`: in one of its own. `field`: in the JSON body. */
export type TimestampPlace = Place | { readonly label: string };

export type Timestamp = TimestampPlace & {
  readonly unit: 's' | 'ms';
  /** How far it may be from our clock, in the past and in the future. Without unit: milliseconds. */
  readonly windowMs: number;
};

/** How one sender signs: HMAC-SHA256 with a secret that both know. */
export interface Scheme {
  /** The header that holds the signature. */
  readonly header: string;
  /** The character that separates signatures in it, and the timestamp from them; null: it is one signature. Default null. */
  readonly parting: ',' | ';' | ' ' | null;
  /** Stands before each signature, `=`, `,` or `:` included; what has another label is skipped. Default none. */
  readonly label: string;
  /** Default `hex`, in lower case. */
  readonly encoding: 'hex' | 'base64';
  /** The signed text: `{id}` and `{timestamp}` as the headers have them, and at the end `{body}`. Default `{body}`. */
  readonly signed: string;
  /** Default null: a recorded webhook may be sent again forever. */
  readonly timestamp: Timestamp | null;
  /** How the secret is written: `text`, its characters are the key; `whsec`, `whsec_` and the key in base64. Default `text`. */
  readonly secret: 'text' | 'whsec';
  /** The sender's id of the event, the same in each delivery of it. Default null: none. */
  readonly id: Place | null;
  /** The event's type: the first of these places that has one. Default the field `type`. */
  readonly type: readonly Place[];
}

/** Whether the signature covers the event's id. */
export function signsId({ id, signed }: Scheme): boolean {
  return id !== null && ('field' in id || signed.includes('{id}'));
}

/** Everything but the header has a default. */
export type HmacSchemeOptions = Pick<Scheme, 'header'> & Partial<Scheme>;

export const schemeDefaults: Omit<Scheme, 'header'> = {
  parting: null,
  label: '',
  encoding: 'hex',
  signed: '{body}',
  timestamp: null,
  secret: 'text',
  id: null,
  type: [{ field: 'type' }],
};
