import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HeaderList } from '../../src/http/message.ts';
import { FieldSet } from '../../src/http/message.ts';

describe('FieldSet (RFC 9110 §5.2, §5.3)', () => {
  it('§5.3: lines of one name are one value, in their order', () => {
    const fields = new FieldSet([
      ['vary', 'a'],
      ['etag', '"x"'],
      ['vary', 'b, c'],
      ['vary', ''],
    ]);
    expect(fields.get('vary')).toBe('a, b, c, ');
    expect(fields.get('etag')).toBe('"x"');
  });

  it('§5.1: is asked in any case', () => {
    const fields = new FieldSet([['cache-control', 'no-store']]);
    expect(fields.get('Cache-Control')).toBe('no-store');
    expect(fields.has('CACHE-CONTROL')).toBe(true);
  });

  it('§5.5: an empty value is a value, and an absent field has none', () => {
    const fields = new FieldSet([['age', '']]);
    expect(fields.get('age')).toBe('');
    expect(fields.has('age')).toBe(true);
    expect(fields.get('date')).toBeNull();
    expect(fields.has('date')).toBe(false);
  });

  it.each(['__proto__', 'constructor', 'tostring', ''])('has no %j that was not given', (name) => {
    expect(new FieldSet([]).has(name)).toBe(false);
    expect(new FieldSet([]).get(name)).toBeNull();
  });

  it('§5.3: of whatever lines there are, it joins those of each name and mixes none', () => {
    const name = fc.constantFrom('a', 'b', 'set-cookie', '__proto__', 'x-y');
    const list: fc.Arbitrary<HeaderList> = fc.array(fc.tuple(name, fc.string({ maxLength: 5 })));
    fc.assert(
      fc.property(list, (lines) => {
        const fields = new FieldSet(lines);
        for (const asked of ['a', 'b', 'set-cookie', '__proto__', 'x-y', 'z']) {
          const values = lines.filter(([it]) => it === asked).map(([, value]) => value);
          expect(fields.has(asked)).toBe(values.length > 0);
          expect(fields.get(asked)).toBe(values.length > 0 ? values.join(', ') : null);
          expect(fields.get(asked.toUpperCase())).toBe(fields.get(asked));
        }
      }),
    );
  });

  it('§5.3: reads lines as the platform joins them', () => {
    const value = fc.stringMatching(/^[!-~]{1,5}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('x-a', 'x-b'), value)), (lines) => {
        const headers = new Headers();
        for (const [name, it] of lines) headers.append(name, it);
        const [one, other] = [new FieldSet(lines), new FieldSet([...headers])];
        for (const name of ['x-a', 'x-b']) expect(other.get(name)).toBe(one.get(name));
      }),
    );
  });

  it('work is bounded: 32 KiB in lines of one name', () => {
    for (let i = 0; i < 64; i += 1)
      expect(new FieldSet(Array(16 * 1024).fill(['a', 'b'])).get('a')).toHaveLength(48 * 1024 - 2);
  });
});
