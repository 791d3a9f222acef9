import { expect, test } from 'vitest';
import type { Timed } from '../../../cli/drill/drill.ts';
import { jsonOf, junitOf, lineOf, sumOf } from '../../../cli/drill/report.ts';

const passed = { name: 'stampede', passed: true, figure: 1, bound: 1, why: 'values', seconds: 0.5 };
const failed = { ...passed, passed: false, figure: 2, why: 'a "<b>" & c\u0000\ud800\nd', seconds: 1.25 };
const broken = { ...passed, passed: false, figure: null, bound: null, why: 'GET /x: no answer', seconds: 0 };
const skipped = { ...broken, passed: null, why: 'no canary' };
const all: readonly Timed[] = [passed, failed, broken, skipped];

test('JUnit’s XML has what failed, and what was skipped, escaped', () => {
  expect(junitOf(all)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="stillfresh drill" tests="4" failures="2" errors="0" skipped="1" time="1.750">
  <testcase classname="stillfresh.drill" name="stampede" time="0.500"/>
  <testcase classname="stillfresh.drill" name="stampede" time="1.250">
    <failure message="2, of at most 1: a &#34;&#60;b&#62;&#34; &#38; c\ufffd\ufffd&#10;d"/>
  </testcase>
  <testcase classname="stillfresh.drill" name="stampede" time="0.000">
    <failure message="GET /x: no answer"/>
  </testcase>
  <testcase classname="stillfresh.drill" name="stampede" time="0.000">
    <skipped message="no canary"/>
  </testcase>
</testsuite>
`);
});

test('JSON has what the contract names', () => {
  expect(JSON.parse(jsonOf([passed, skipped]))).toEqual({
    drills: [
      { name: 'stampede', passed: true, figure: 1, bound: 1, why: 'values' },
      { name: 'stampede', passed: null, figure: null, bound: null, why: 'no canary' },
    ],
  });
});

test('for people it is a line each, and a sum', () => {
  expect([passed, broken, skipped].map(lineOf)).toEqual([
    'pass  stampede                 1 (at most 1): values\n',
    'FAIL  stampede                 GET /x: no answer\n',
    'skip  stampede                 no canary\n',
  ]);
  expect(sumOf(all, 99)).toBe('1 passed, 2 failed, 1 skipped; 99 requests\n');
});
