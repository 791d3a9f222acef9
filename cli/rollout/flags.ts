import type { Args, Values } from '../args/definition.ts';
import { commonArgs } from '../flags.ts';

export const actions = ['status', 'plan', 'set', 'advance', 'hold', 'rollback', 'kill', 'audit'] as const;
export type Action = (typeof actions)[number];

export const rolloutArgs = {
  ACTION: {
    type: 'positional',
    options: actions,
    required: 'what is to be done? npx stillfresh rollout status shows how all classes are switched',
    description: 'what to do',
  },
  CLASS: {
    type: 'positional',
    description:
      'a class of the strategy, or an HTTP cache; status and audit take none for all of them, kill none',
  },
  mode: {
    type: 'enum',
    options: ['off', 'shadow', 'on'],
    group: 'of set',
    description: 'what it is to be',
  },
  percent: {
    type: 'string',
    valueHint: 'N',
    group: 'of set',
    description: 'of --mode on: for how many of 100 the cache answers',
  },
  allow: {
    type: 'string',
    valueHint: 'NAMES',
    group: 'of set',
    description:
      'who is always answered from the cache while it is on: tenants, or users as acme/ann, separated by commas; - for nobody (default: as they are)',
  },
  deny: {
    type: 'string',
    valueHint: 'NAMES',
    group: 'of set',
    description: 'who never is; it goes before --allow (default: as they are)',
  },
  steps: {
    type: 'string',
    valueHint: 'STEPS',
    group: 'of set',
    description:
      'another plan, 0:10m:500,5:1h:500,100:1h:500 (percentage, time, least number of compared answers); strategy for its own, none for none (default: as it is)',
  },
  off: { type: 'boolean', group: 'of kill', description: 'ends it' },
  why: {
    type: 'string',
    valueHint: 'TEXT',
    group: 'of what changes something',
    description: 'for who reads the audit list; must be given',
  },
  'if-version': {
    type: 'string',
    valueHint: 'V',
    group: 'of what changes something',
    description:
      'only if nobody has changed the flags since: version of status --json (default: since the command began)',
  },
  limit: {
    type: 'string',
    valueHint: 'N',
    group: 'of audit',
    description: 'so many, from 1 to 999 (default 20)',
  },
  ...commonArgs,
} as const satisfies Args;

export type RolloutFlags = Values<typeof rolloutArgs>;

/** Which flags each action takes beside those of every command. */
export const takes: Readonly<Record<Action, readonly (keyof RolloutFlags)[]>> = {
  status: [],
  plan: [],
  set: ['mode', 'percent', 'allow', 'deny', 'steps', 'why', 'if-version'],
  advance: ['why', 'if-version'],
  hold: ['why', 'if-version'],
  rollback: ['why', 'if-version'],
  kill: ['why', 'off'],
  audit: ['limit'],
};
