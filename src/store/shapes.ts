/** Shapes that replies and stored values are checked for. */
export const isText = (it: unknown) => typeof it === 'string';
export const isTextOrNull = (it: unknown) => it === null || typeof it === 'string';
export const isNumber = (it: unknown) => typeof it === 'number';
export const isFlag = (it: unknown) => it === 0 || it === 1;
export const isList = (it: unknown): it is unknown[] => Array.isArray(it);
export const isTextList = (it: unknown): it is string[] => isList(it) && it.every(isText);
