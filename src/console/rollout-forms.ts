import { bounds } from '../bounds.ts';
import type { MoveName } from '../rollout/moves.ts';
import type { ClassView, RolloutView } from '../rollout/view.ts';
import { rolloutModes } from '../strategy/rollout-types.ts';
import type { Admin } from './admin.ts';
import { type Html, html, none } from './html.ts';
import { pathOf } from './layout.ts';

/** What a form of a class asks for, as it was filled in. */
export interface AskedRollout {
  readonly mode: string;
  readonly percent: string;
  readonly allow: string;
  readonly deny: string;
  readonly why: string;
}

export const askedByForm = (form: URLSearchParams): AskedRollout => {
  const text = (name: string) => (form.get(name) ?? '').trim();
  return {
    ...{ mode: text('mode'), percent: text('percent'), why: text('why') },
    ...{ allow: form.get('allow') ?? '', deny: form.get('deny') ?? '' },
  };
};

export const askedOf = ({ mode, percent, allow, deny }: ClassView): AskedRollout => ({
  ...{ mode, percent: mode === 'on' ? String(percent) : '', why: '' },
  ...{ allow: allow.join('\n'), deny: deny.join('\n') },
});

/** As `PUT /-/rollout/:class` takes it; what is no number is left as it is, so that it is told. */
export function bodyOf({ mode, percent, allow, deny, why }: AskedRollout): unknown {
  const lines = (text: string) =>
    text
      .split(/\r?\n/)
      .map((it) => it.trim())
      .filter((it) => it !== '');
  const share = /^\d+(\.\d+)?$/.test(percent) ? Number(percent) : percent;
  return {
    ...{ mode, why, allow: lines(allow), deny: lines(deny) },
    ...(mode === 'on' && percent !== '' && { percent: share }),
  };
}

const mayChange = ({ scopes }: Admin) => scopes.includes('rollout');

const disabled = (admin: Admin) => (mayChange(admin) ? none : html` disabled`);

const notAllowed = (admin: Admin): Html =>
  mayChange(admin)
    ? none
    : html`<p class="small">To change this, log in with a token that has the scope <code>rollout</code>; ${admin.name} has ${admin.scopes.join(', ')}.</p>`;

const whyField = (id: string, why: string): Html =>
  html`<label for="${id}">Why</label><input id="${id}" name="why" value="${why}" required maxlength="${bounds.rolloutWhyChars}" autocomplete="off">`;

const modeSays = {
  off: 'off: the origin answers, and nothing is stored',
  shadow: 'shadow: the origin answers, and the cache is compared with it',
  on: 'on: the cache answers this share',
} as const;

const classPath = (name: string) => pathOf('rollout', `/${encodeURIComponent(name)}`);

/** `given`: as it was filled in, or as the class stands. */
export function setForm(name: string, { version }: RolloutView, given: AskedRollout, admin: Admin): Html {
  return html`<form class="rollout" method="post" action="${classPath(name)}">${notAllowed(admin)}
<input type="hidden" name="version" value="${version}">
<fieldset${disabled(admin)}><legend class="visually-hidden">Set</legend>
<div class="choices" role="group" aria-label="Mode">${rolloutModes.map(
    (mode) =>
      html`<label class="choice"><input type="radio" name="mode" value="${mode}" required${given.mode === mode ? html` checked` : none}> ${modeSays[mode]}</label>`,
  )}</div>
<label for="percent">Percentage, where it is on</label><input id="percent" name="percent" value="${given.percent}" inputmode="decimal" autocomplete="off">
<div class="pair"><div><label for="allow">Always on, one in each line: <code>acme</code>, <code>acme/ann</code></label><textarea id="allow" name="allow" rows="2">${given.allow}</textarea></div>
<div><label for="deny">Never on</label><textarea id="deny" name="deny" rows="2">${given.deny}</textarea></div></div>
${whyField('why-set', given.why)}
<p><button name="do" value="set">Set</button></p></fieldset></form>`;
}

/** Enter in a field presses the first button: to go on must be pressed itself. */
const moveSays = [
  ['hold', 'Hold it here'],
  ['rollback', 'Roll back'],
  ['advance', 'Advance one step'],
] as const satisfies readonly (readonly [MoveName, string])[];

export const moveForm = (name: string, { version }: RolloutView, why: string, admin: Admin): Html =>
  html`<form class="rollout" method="post" action="${classPath(name)}">${notAllowed(admin)}
<input type="hidden" name="version" value="${version}">
<fieldset${disabled(admin)}><legend class="visually-hidden">Move</legend>
${whyField('why-move', why)}
<p class="buttons">${moveSays.map(([it, says]) => html`<button name="do" value="${it}">${says}</button> `)}</p></fieldset></form>`;

/** One click from every request to the origin: it says so. */
export const killForm = ({ kill_switch: { on } }: RolloutView, why: string, admin: Admin): Html =>
  html`<form class="rollout" method="post" action="${pathOf('rollout')}">${notAllowed(admin)}
<fieldset${disabled(admin)}><legend class="visually-hidden">Kill switch</legend>
${whyField('why-kill', why)}
<p><button name="kill" value="${on ? 'false' : 'true'}">${on ? 'Answer from the cache again' : 'Answer nothing from the cache'}</button></p></fieldset></form>`;
