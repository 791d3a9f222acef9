import type * as z from 'zod';

const list = 'must be a list';
const object = 'must be an object';
const whole = 'must be a whole number';
const absent = 'must be left out';

/** What is said of a value of another type. A type that is not here says only that it is not valid: a class's name is of no use to a client. */
export const typeWords: Readonly<Record<string, string>> = {
  string: 'must be a string',
  number: 'must be a number',
  int: whole,
  bigint: whole,
  boolean: 'must be true or false',
  date: 'must be a date',
  array: list,
  tuple: list,
  set: 'must be a set',
  object,
  record: object,
  map: 'must be a map',
  file: 'must be a file',
  symbol: 'must be a symbol',
  function: 'must be a function',
  null: 'must be null',
  nan: 'must be NaN',
  undefined: absent,
  void: absent,
  never: absent,
  nonoptional: 'is missing',
};

/** What has a size, and what it is counted in. */
export const sizeWords: Readonly<Record<string, readonly [verb: string, unit: string]>> = {
  string: ['be', 'character'],
  file: ['be', 'byte'],
  array: ['have', 'element'],
  set: ['have', 'element'],
  map: ['have', 'element'],
};

/** Formats that zod's type of them leaves out. */
type FurtherFormat = 'mac' | 'hostname' | 'hex' | 'currency_code' | 'template_literal';

/** What is said of a string of another format; of the last three, before what the schema names. */
export const formatWords: Readonly<Record<z.core.$ZodStringFormats | FurtherFormat, string>> = {
  email: 'must be an email address',
  url: 'must be a URL',
  hostname: 'must be a host name',
  emoji: 'must be an emoji',
  uuid: 'must be a UUID',
  guid: 'must be a GUID',
  nanoid: 'must be a Nano ID',
  cuid: 'must be a CUID',
  cuid2: 'must be a CUID2',
  ulid: 'must be a ULID',
  xid: 'must be an XID',
  ksuid: 'must be a KSUID',
  datetime: 'must be a time such as 2026-01-31T09:00:00Z',
  date: 'must be a date such as 2026-01-31',
  time: 'must be a time of day such as 09:00:00',
  duration: 'must be a duration such as P1DT2H',
  ipv4: 'must be an IPv4 address',
  ipv6: 'must be an IPv6 address',
  cidrv4: 'must be an IPv4 range such as 192.0.2.0/24',
  cidrv6: 'must be an IPv6 range such as 2001:db8::/32',
  mac: 'must be a MAC address',
  base64: 'must be base64',
  base64url: 'must be base64url',
  hex: 'must be hexadecimal',
  json_string: 'must be JSON',
  e164: 'must be a phone number such as +12025550100',
  credit_card: 'must be a card number',
  iban: 'must be an IBAN',
  currency_code: 'must be a currency such as EUR',
  jwt: 'must be a JWT',
  lowercase: 'must be in lower case',
  uppercase: 'must be in upper case',
  regex: 'is not valid',
  template_literal: 'is not valid',
  starts_with: 'must start with',
  ends_with: 'must end with',
  includes: 'must contain',
};
