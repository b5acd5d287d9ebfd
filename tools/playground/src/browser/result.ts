import type { Outcome } from './api.ts';
import { element } from './element.ts';

/** What came of an action, in a sentence or two. */
export function resultOf(label: string, who: string, { refusal, stop, note, direct }: Outcome, where: string | undefined): HTMLElement {
  if (note !== undefined) return result('allowed', label, 'done', note);
  if (!refusal)
    return direct
      ? result('refused', label, 'not stopped', 'The attack went through. That is a bug.')
      : result('allowed', label, `allowed for ${who}`);
  return result(
    'refused',
    label,
    where === undefined ? 'refused' : `stopped at ${where}`,
    refusal.message,
    element('code', {}, refusal.reason),
    stop && element('span', {}, 'by ', element('a', { href: stop.href }, stop.text)),
  );
}

function result(
  kind: string,
  label: string,
  verdict: string,
  message?: string,
  ...details: readonly (HTMLElement | undefined)[]
): HTMLElement {
  return element(
    'div',
    { class: `result ${kind}` },
    element('p', { class: 'headline' }, `${label}: ${verdict}`),
    message !== undefined && element('p', {}, message),
    details.length > 0 && element('p', { class: 'details' }, ...details.flatMap((detail) => (detail ? [detail, ' '] : []))),
  );
}

/** A problem of the page itself. */
export const problem = (message: string) => element('div', { class: 'result problem' }, element('p', { class: 'headline' }, message));
