import escapeHtml from 'escape-html';

/** HTML that is safe to show: what people or applications sent is escaped in it. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may stand in a template: nothing, text that is escaped, or HTML. */
export type Content = string | false | undefined | Html | readonly Html[];

/**
 * HTML from a template. Every value in it is escaped, unless it is {@link Html} itself. Attributes are to be quoted.
 *
 * @example
 * html`<p title="${title}">Hello ${name}</p>`
 */
export function html(template: TemplateStringsArray, ...values: readonly Content[]): Html {
  const parts = template.map((text, index) => text + textOf(values[index]));
  return new Html(parts.join(''));
}

function textOf(value: Content): string {
  if (value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeHtml(value);
  return value instanceof Html ? value.text : value.map(({ text }) => text).join('');
}
