import { html, type Html } from './html.ts';

/** A fault of what a form contains. */
export interface Problem {
  readonly text: string;
  /** The id of the field that it concerns. */
  readonly field?: string | undefined;
}

/** The message above a form, which screen readers read when the page opens: every problem, with a link to its field. */
export const problemNotice = (problems: readonly Problem[]): Html =>
  html`<div class="notice" role="alert" id="problem">${problems.map(sentence)}</div>`;

const sentence = ({ text, field }: Problem) => html`<p>${field === undefined ? text : html`<a href="#${field}">${text}</a>`}</p>`;

/** The attributes of a field that the message concerns. */
export const WRONG = html`aria-invalid="true" aria-describedby="problem"`;

/** A field of a form: its label, and the attributes of its input. */
export interface Field {
  readonly id: string;
  readonly label: string;
  /** Attributes besides `id` and `name`, as in html`type="password" required`. */
  readonly attributes: Html;
}

/** An input with its label. The first field with a problem has the focus. */
export const inputField = ({ id, label, attributes }: Field, problems: readonly Problem[]): Html =>
  html`<div class="field">
    <label for="${id}">${label}</label>
    <input id="${id}" name="${id}" ${attributes} ${faultOf(id, problems)} />
  </div>`;

/** The attributes of the field with this id: none unless a problem concerns it. */
export const faultOf = (id: string, problems: readonly Problem[]) =>
  problems.some(({ field }) => field === id) &&
  html`${WRONG} ${problems.find(({ field }) => field !== undefined)?.field === id && html`autofocus`}`;
