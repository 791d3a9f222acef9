/** The end of what is said of a setting at fault: what to do about it, where this Worker runs. */
export const howToSet = (
  name: string,
  kind: 'var' | 'secret',
  { ENVIRONMENT }: Readonly<Record<string, unknown>>,
): string => {
  if (ENVIRONMENT === 'development') return 'set it in the environment or in .dev.vars';
  return kind === 'secret'
    ? `set it with 'wrangler secret put ${name}'`
    : 'set it under [vars] in wrangler.toml';
};
