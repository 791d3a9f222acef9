import * as z from 'zod';

/** What is said of a field that a body may not have: which it may have. */
export const unknownField = (schema: z.ZodType): string =>
  schema instanceof z.ZodObject
    ? `is not a field here; known are ${Object.keys(schema.shape).join(', ')}`
    : 'is not a field here';
