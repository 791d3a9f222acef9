import type { Channel } from './state.ts';

/** Who is told of alerts; null: nobody there. */
export interface Receivers {
  readonly webhook: { readonly url: string; readonly secret: Uint8Array<ArrayBuffer> } | null;
  /** An incoming webhook of Slack's: whoever knows it may write there. */
  readonly slack: { readonly url: string } | null;
  /** What tells this deployment from others, in what they are told. */
  readonly namespace: string;
  /** Where links lead; undefined: there are none. */
  readonly publicUrl: string | undefined;
}

export const channelsOf = ({ webhook, slack }: Receivers): readonly Channel[] => [
  ...(webhook ? ['webhook' as const] : []),
  ...(slack ? ['slack' as const] : []),
];
