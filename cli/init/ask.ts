import * as prompts from '@clack/prompts';
import type { SchemeName } from '../../src/invalidation/signature/schemes.ts';
import { durationForm, durationMs } from '../../src/strategy/duration.ts';
import type { Terminal } from '../environment.ts';
import { exit, Failure } from '../failure.ts';
import {
  type Answers,
  answersShape,
  type GivenAnswers,
  type GivenItem,
  type Question,
  questions,
  slugOf,
} from './answers.ts';

/** Asks what is not known yet. Rejects with a `Failure` on Ctrl-C; nothing has been written then. */
export async function askFor(known: Partial<GivenAnswers>, terminal: Terminal): Promise<Answers> {
  const asked: Partial<Record<Question, unknown>> = { ...known };
  prompts.intro('Ten questions; what you answer is written into routes/, and can be changed there', terminal);
  for (const question of Object.keys(questions) as Question[])
    asked[question] ??= await asking[question](questions[question], terminal);
  prompts.outro('That is all', terminal);
  return answersShape.parse(asked);
}

const asking: Readonly<Record<Question, (message: string, terminal: Terminal) => Promise<unknown>>> = {
  name: text,
  purpose: text,
  stack: text,
  data: items,
  traffic: text,
  freshness: text,
  failureTolerance: text,
  pain: text,
  tenancy,
  operations,
};

/** What clack returns for Ctrl-C is no answer. */
async function answered<T>(prompt: Promise<T | symbol>): Promise<Exclude<T, symbol>> {
  const value = await prompt;
  if (prompts.isCancel(value)) throw new Failure(exit.interrupted, 'ended by Ctrl-C; nothing was written');
  return value as Exclude<T, symbol>;
}

function text(
  message: string,
  terminal: Terminal,
  more: { initialValue?: string; validate?: (it: string) => string | undefined } = {},
) {
  const validate = (it: string | undefined) =>
    it?.trim() ? more.validate?.(it) : 'some words, please: they are printed in STRATEGY.md';
  return answered(prompts.text({ message, ...terminal, ...more, validate }));
}

const notDuration = (it: string) => {
  try {
    return durationMs(it) > 0 ? undefined : `write ${durationForm}`;
  } catch {
    return `write ${durationForm}`;
  }
};

async function items(message: string, terminal: Terminal): Promise<GivenItem[]> {
  const names = await text(`${message} Names, separated by commas`, terminal, {
    validate: (it) =>
      it.split(',').every((name) => slugOf(name) !== '') ? undefined : 'names such as: invoices, permissions',
  });
  const all: GivenItem[] = [];
  for (const name of names.split(',').map(slugOf)) all.push(await itemOf(name, terminal));
  return all;
}

async function itemOf(name: string, terminal: Terminal): Promise<GivenItem> {
  const who = await answered(
    prompts.select<'tenant' | 'user' | 'public'>({
      message: `${name}: who may read it?`,
      options: [
        { value: 'tenant', label: 'every member of a tenant', hint: 'the key holds the tenant' },
        { value: 'user', label: 'one user', hint: 'the key holds tenant and user' },
        { value: 'public', label: 'everybody', hint: 'the same for all' },
      ],
      ...terminal,
    }),
  );
  const validate = (it: string) => issueOf({ name, path: it });
  const path = await text(`${name}: where is it read? Parameters as :name`, terminal, {
    initialValue: `/v1/${name}`,
    validate,
  });
  const ttl = await text(`${name}: how old may an answer be?`, terminal, {
    initialValue: '5m',
    validate: notDuration,
  });
  const written =
    who !== 'public' &&
    (await answered(
      prompts.confirm({
        message: `${name}: is it changed through this API too (PATCH)?`,
        initialValue: false,
        ...terminal,
      }),
    ));
  return { name, who, path, ttl, written };
}

/** What is wrong with it; undefined: nothing. */
function issueOf(item: GivenItem): string | undefined {
  const { error } = answersShape.shape.data.safeParse([item]);
  return error?.issues[0]?.message;
}

async function tenancy(message: string, terminal: Terminal) {
  const says = await text(message, terminal);
  const claim = (what: string, byDefault: string) =>
    text(`Which claim of the token names ${what}?`, terminal, { initialValue: byDefault });
  return {
    says,
    tenant: await claim('the tenant', 'tenant'),
    user: await claim('the user', 'sub'),
    roles: await claim('the roles', 'roles'),
  };
}

async function operations(message: string, terminal: Terminal) {
  const says = await text(message, terminal);
  const webhooks = await answered(
    prompts.multiselect<{ name: string; scheme: SchemeName }>({
      message: 'Whose webhooks purge the cache?',
      options: [
        { value: { name: 'app', scheme: 'standard' }, label: 'our own product', hint: 'Standard Webhooks' },
        ...(['stripe', 'github', 'shopify', 'svix', 'paddle', 'linear', 'slack'] as const).map((name) => ({
          value: { name, scheme: name },
          label: name,
        })),
      ],
      required: false,
      ...terminal,
    }),
  );
  return { says, webhooks };
}
