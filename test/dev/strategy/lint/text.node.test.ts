import { expect, test } from 'vitest';
import type { Finding } from '../../../../dev/strategy/lint/finding.ts';
import { lintText } from '../../../../dev/strategy/lint/text.ts';

const finding = (place: string, rule: string, changed: Partial<Finding> = {}): Finding => ({
  ...{ rule, place, why: `why of ${rule}`, mend: `mend of ${rule}`, silenced: null, at: null, ...changed },
});

test('findings stand by place, those that are silenced after them with their reasons', () => {
  const at = 'routes/strategy.ts:35';
  expect(
    lintText([
      finding('class invoice', 'tag-never-purged', { at }),
      finding('class account', 'tag-never-purged', { silenced: 'purged by hand' }),
      finding('event paid', 'event-purges-nothing'),
      finding('class invoice', 'ttl-without-event', { at }),
    ]),
  ).toBe(`class invoice (routes/strategy.ts:35)
  tag-never-purged: why of tag-never-purged
    mend of tag-never-purged
  ttl-without-event: why of ttl-without-event
    mend of ttl-without-event

event paid
  event-purges-nothing: why of event-purges-nothing
    mend of event-purges-nothing

silenced: class account: tag-never-purged: purged by hand
lint: 3 findings to mend, 1 silenced
`);
});

test('none is said to be none', () => {
  expect(lintText([])).toBe('lint: no findings\n');
});
