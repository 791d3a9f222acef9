import { sha256, toBase64url } from '../digest.ts';
import { type Compared, comparedFields, fieldOf, isFields, type Representation, valueIn } from './compare.ts';
import { ExactNumber } from './json-value.ts';

/** Answers that compare.ts finds equal have one digest, however they are written. */
export async function answerDigest(answer: Representation, by: Compared): Promise<string> {
  const value = valueIn(answer);
  const fields = comparedFields(by).map((name) => [name, fieldOf(answer, name)]);
  const isJson = value !== undefined;
  const head = JSON.stringify([answer.status, fields, isJson ? inOneForm(value, '', by.ignoring) : null]);
  const parts = [await sha256(head), ...(isJson ? [] : [await sha256(answer.body)])];
  return parts.map((part) => toBase64url(part.subarray(0, 16))).join('.');
}

/** Fields in one order, without those that are ignored; an exact number is a list of its own kind, which no value of JSON is. */
function inOneForm(value: unknown, path: string, ignoring: readonly string[]): unknown {
  if (value instanceof ExactNumber) return ['n', value.form];
  if (Array.isArray(value)) return ['l', ...value.map((it) => inOneForm(it, path, ignoring))];
  if (!isFields(value)) return value;
  const fields: [string, unknown][] = [];
  for (const name of Object.keys(value).sort()) {
    const inner = path === '' ? name : `${path}.${name}`;
    if (!ignoring.includes(inner)) fields.push([name, inOneForm(value[name], inner, ignoring)]);
  }
  return ['f', ...fields];
}
