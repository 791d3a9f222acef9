/** Printable ASCII: another byte in a header may not survive decoding unchanged, and belongs to no signature, id or type. */
export const isPrintable = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);
