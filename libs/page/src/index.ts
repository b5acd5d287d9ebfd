export { faultOf, type Field, inputField, type Problem, problemNotice, WRONG } from './form.ts';
export { type Content, Html, html } from './html.ts';
export { notice } from './notice.ts';
export { documentOf, headersOf, type Page, sendPage } from './page.ts';
export { PALETTE } from './style.ts';
