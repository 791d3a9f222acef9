/** Why a webhook is refused: a word for the log. The sender is told none of them. */
export type SignatureRefusal =
  | 'no-signature'
  | 'malformed-signature'
  | 'too-many-signatures'
  | 'no-id'
  | 'malformed-id'
  | 'no-timestamp'
  | 'malformed-timestamp'
  | 'too-old'
  | 'too-new'
  | 'bad-signature';
