export const htmlOf = (_: unknown, __: boolean) => '';
