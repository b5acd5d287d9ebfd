import type { BarView, CheckView, HopView, TraceView } from '../trace/view.ts';
import { element } from './element.ts';

/** The steps of a trace with their checks, and its spans as a waterfall. */
export const traceList = ({ hops, bars, durationUs }: TraceView): readonly HTMLElement[] => [
  element('h2', {}, 'Steps'),
  element('ol', { class: 'hops' }, ...hops.map(hopItem)),
  element('h2', {}, `Timing: ${duration(durationUs)}`),
  element('ol', { class: 'bars' }, ...bars.map((bar) => barItem(bar, durationUs))),
];

function hopItem({ from, to, name, facts, rule, checks, refused, reason, durationUs }: HopView): HTMLElement {
  const verdict = element(
    'span',
    { class: refused ? 'verdict refused' : 'verdict' },
    refused ? `refused: ${reason ?? 'no reason'}` : 'allowed',
  );
  return element(
    'li',
    {},
    element(
      'h3',
      {},
      from === to ? to : `${from} → ${to}`,
      ' ',
      element('code', {}, name),
      ' ',
      verdict,
      element('span', { class: 'time' }, duration(durationUs)),
    ),
    facts.length > 0 &&
      element(
        'dl',
        { class: 'facts' },
        ...facts.map(([key, value]) => element('div', {}, element('dt', {}, key), element('dd', {}, value))),
      ),
    rule && element('p', { class: 'rule' }, element('code', {}, rule.source), ' ', element('a', { href: rule.href }, rule.text)),
    checks.length > 0 && element('ol', { class: 'checks' }, ...checks.map(checkItem)),
  );
}

function checkItem({ name, result, us, line }: CheckView): HTMLElement {
  const passed = result === 'pass' || result === 'allow' || result === 'ok';
  return element(
    'li',
    { class: passed ? 'passed' : 'other' },
    element('span', { class: 'check' }, name),
    element('span', { class: 'outcome' }, result),
    line && element('a', { href: line.href }, line.text),
    element('span', { class: 'time' }, `${String(us)} µs`),
  );
}

function barItem({ service, name, depth, startUs, durationUs, refused }: BarView, wholeUs: number): HTMLElement {
  const bar = element('span', { class: refused ? `bar refused` : `bar` });
  const percent = (us: number) => `${((us / Math.max(wholeUs, 1)) * 100).toFixed(2)}%`;
  bar.style.setProperty('--start', percent(startUs));
  bar.style.setProperty('--length', percent(durationUs));
  const label = element('span', { class: 'label' }, element('b', {}, service), ` ${name}`);
  label.style.setProperty('--depth', String(Math.min(depth, 6)));
  return element('li', {}, label, element('span', { class: 'track' }, bar), element('span', { class: 'time' }, duration(durationUs)));
}

const duration = (us: number) => (us < 1_000 ? `${String(Math.round(us))} µs` : `${(us / 1_000).toFixed(1)} ms`);
