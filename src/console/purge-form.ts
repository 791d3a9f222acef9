import { Problem } from '../http/problem.ts';
import type { AskedPurge } from '../strategy/purge-order.ts';
import { type Html, html, none } from './html.ts';

export function askedByForm(form: URLSearchParams): AskedPurge {
  const lines = (name: string) =>
    (form.get(name) ?? '')
      .split(/\r?\n/)
      .map((it) => it.trim())
      .filter((it) => it !== '');
  const tenant = (form.get('tenant') ?? '').trim();
  // Whoever named a tenant may have meant it: that it stands beside another owner is told, never dropped.
  const named = tenant === '' ? {} : { tenant };
  const owners: Readonly<Record<string, AskedPurge>> = {
    tenant: { tenant },
    public: { ...named, public: true },
    everyone: { ...named, all_tenants: true },
  };
  return {
    ...owners[form.get('whose') ?? 'tenant'],
    tags: lines('tags'),
    classes: form.getAll('classes'),
    users: lines('users'),
    everything: form.has('everything'),
    erase: form.has('erase'),
    mode: form.get('mode') ?? 'hard',
  };
}

/** What everybody is to lose is asked for twice. Throws a `Problem`. */
export function mustBeMeant({ all_tenants }: AskedPurge, form: URLSearchParams): void {
  if (all_tenants && !form.has('meant'))
    throw new Problem('unprocessable', {
      errors: [
        { field: 'all_tenants', detail: 'purges the classes of every tenant: check that it is meant' },
      ],
    });
}

const checked = (is: boolean | undefined) => (is ? html` checked` : none);

export function purgeForm(classes: readonly string[], given: AskedPurge): Html {
  const whose = given.public ? 'public' : given.all_tenants ? 'everyone' : 'tenant';
  const owner = (value: string, says: string) =>
    html`<label class="choice"><input type="radio" name="whose" value="${value}"${checked(whose === value)}> ${says}</label>`;
  return html`<form class="purge" method="post" action="/-/console/purges">
<fieldset><legend>Of whom</legend>
${owner('tenant', 'A tenant')} ${owner('public', 'Public data')} ${owner('everyone', 'All tenants (classes alone)')}
<label for="tenant">Tenant</label><input id="tenant" name="tenant" value="${given.tenant ?? ''}" autocomplete="off">
<label class="choice"><input type="checkbox" name="meant"> Of all tenants: it is meant</label>
</fieldset>
<fieldset><legend>What</legend>
<label for="tags">Tags, one in each line, such as <code>invoice:inv_0001</code></label>
<textarea id="tags" name="tags" rows="3">${(given.tags ?? []).join('\n')}</textarea>
<label for="users">Users, one in each line: all that is stored for them alone</label>
<textarea id="users" name="users" rows="2">${(given.users ?? []).join('\n')}</textarea>
<div class="choices" role="group" aria-label="Classes">${classes.map(
    (it) =>
      html`<label class="choice"><input type="checkbox" name="classes" value="${it}"${checked(given.classes?.includes(it))}> class ${it}</label>`,
  )}</div>
<label class="choice"><input type="checkbox" name="everything"${checked(given.everything)}> Everything of the tenant</label>
<label class="choice"><input type="checkbox" name="erase"${checked(given.erase)}> and delete it from Redis</label>
</fieldset>
<fieldset><legend>How</legend>
<label class="choice"><input type="radio" name="mode" value="hard"${checked(given.mode !== 'soft')}> hard: not to be used again</label>
<label class="choice"><input type="radio" name="mode" value="soft"${checked(given.mode === 'soft')}> soft: stale, shown while it is fetched anew</label>
</fieldset>
<button>Purge</button>
</form>`;
}
