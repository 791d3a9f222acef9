import * as z from 'zod';
import { inOurWords } from '../src/strategy/says.ts';

type Issue = Parameters<typeof inOurWords.error>[0];

/** For a parse: of a field that a body may not have it is said which it may have. */
export const namingKnownFields = (schema: z.ZodType) => ({
  error: (issue: Issue) =>
    issue.code === 'unrecognized_keys' ? unknownField(schema) : inOurWords.error(issue),
});

const unknownField = (schema: z.ZodType): string =>
  schema instanceof z.ZodObject
    ? `is not a field here; known are ${Object.keys(schema.shape).join(', ')}`
    : 'is not a field here';
