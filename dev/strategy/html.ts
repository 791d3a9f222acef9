import type { Section } from './document.ts';

export const htmlOf = (_name: string, _sections: readonly Section[]): string => '';
