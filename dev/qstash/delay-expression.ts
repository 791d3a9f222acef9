import { bounds } from './bounds.ts';

/** Milliseconds, by the number of retries already made. */
export type DelayExpression = (retried: number) => number;

type Operators = ReadonlyMap<string, (a: number, b: number) => number>;

const sums: Operators = new Map([
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
]);
const products: Operators = new Map([
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
  ['%', (a, b) => a % b],
]);

/** Each takes as many arguments as its `length` says: `min` and `max` take two, as QStash's documentation has them. */
const functions = new Map<string, (...values: number[]) => number>(
  Object.entries({
    pow: Math.pow,
    sqrt: Math.sqrt,
    abs: Math.abs,
    exp: Math.exp,
    floor: Math.floor,
    ceil: Math.ceil,
    round: Math.round,
    min: Math.min,
    max: Math.max,
  }),
);

/** What `Upstash-Retry-Delay` says: `min(60000, 1000 * pow(2, retried))`. Throws an `Error` that says what is wrong. */
export function parseDelayExpression(source: string): DelayExpression {
  if (source.length > bounds.expressionChars)
    throw new Error(`longer than ${bounds.expressionChars} characters`);
  const tokens = source.match(/\d+(\.\d+)?|[a-z]+|\S/g)?.map(String) ?? [];
  const whole = sum();
  if (tokens.length > 0) throw new Error(`unexpected ${tokens[0]}`);
  return whole;

  function sum(): DelayExpression {
    return chain(product, sums);
  }

  function product(): DelayExpression {
    return chain(signed, products);
  }

  /** Operands joined by operators of one rank, from left to right. */
  function chain(operand: () => DelayExpression, operators: Operators): DelayExpression {
    let chained = operand();
    for (;;) {
      const operate = operators.get(tokens[0] ?? '');
      if (!operate) return chained;
      tokens.shift();
      const [left, right] = [chained, operand()];
      chained = (retried) => operate(left(retried), right(retried));
    }
  }

  function signed(): DelayExpression {
    if (tokens[0] !== '-') return operand();
    tokens.shift();
    const negated = signed();
    return (retried) => -negated(retried);
  }

  function operand(): DelayExpression {
    const token = tokens.shift() ?? 'end';
    if (token === 'retried') return (retried) => retried;
    if (/^\d/.test(token)) return () => Number(token);
    if (token === '(') {
      const inner = sum();
      expect(')');
      return inner;
    }
    const call = functions.get(token);
    if (!call) throw new Error(`unexpected ${token}`);
    const values = listed();
    if (values.length !== call.length) throw new Error(`${token} takes ${call.length}, not ${values.length}`);
    return (retried) => call(...values.map((value) => value(retried)));
  }

  function listed(): DelayExpression[] {
    expect('(');
    const values = [sum()];
    while (tokens[0] === ',') {
      tokens.shift();
      values.push(sum());
    }
    expect(')');
    return values;
  }

  function expect(wanted: string): void {
    const token = tokens.shift() ?? 'end';
    if (token !== wanted) throw new Error(`unexpected ${token} in place of ${wanted}`);
  }
}
