import escapeHtml from 'escape-html';

/** Safe HTML: it contains input of users and applications only escaped. */
export class Html {
  constructor(readonly text: string) {}
}

/** A value in a template: nothing, text that gets escaped, or HTML. */
export type Content = string | false | undefined | Html | readonly Html[];

/**
 * Builds HTML from a template. Escapes every value except {@link Html}. Quote the attributes.
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
