/** The colours of all pages. Text has a contrast of at least 4.5, borders of at least 3. */
export const PALETTE = `:root {
  color-scheme: light dark;
  --ground: light-dark(#f3f4f7, #101217);
  --card: light-dark(#fff, #191c23);
  --text: light-dark(#1b1e25, #e8eaf0);
  --quiet: light-dark(#565c6b, #a5acbb);
  --line: light-dark(#d9dce3, #323743);
  --edge: light-dark(#7d8496, #7f8798);
  --accent: light-dark(#3b45c4, #aab2ff);
  --accent-strong: light-dark(#2c359e, #c3c9ff);
  --on-accent: light-dark(#fff, #14172f);
  --wrong: light-dark(#b3261e, #ffb4ab);
  --wrong-ground: light-dark(#fdf0ef, #36201f);
}`;

/** The style sheet, inline in every page. */
export const STYLE = `
${PALETTE}
* { box-sizing: border-box; }
body {
  min-height: 100vh;
  min-height: 100svh;
  margin: 0;
  padding: 1.5rem 1rem;
  display: grid;
  align-content: center;
  justify-items: center;
  gap: 1.25rem;
  background: var(--ground);
  color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere;
}
header, main { width: 100%; max-width: 26rem; }
.wide > main { max-width: 40rem; }
.brand { margin: 0; display: flex; align-items: center; justify-content: center; gap: .6rem; font-weight: 650; letter-spacing: -.01em; }
.brand::before { content: ''; width: .85rem; height: .85rem; border: .24rem solid var(--accent); border-radius: 50% 50% 50% 0; }
main { padding: 1.75rem; background: var(--card); border: 1px solid var(--line); border-radius: .9rem; }
h1 { margin: 0 0 .35rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
p { margin: 0 0 1rem; }
nav { margin-bottom: .75rem; }
.rows { margin: 1.25rem 0; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: .6rem; }
.rows > li { padding: .9rem; display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .6rem 1rem; }
.rows > li + li { border-top: 1px solid var(--line); }
.rows ul { margin: .25rem 0; list-style: disc; padding-left: 1.1rem; }
.rows div { flex: 1 1 14rem; min-width: 0; }
.rows h2, .rows p, .rows form { margin: 0; }
.rows button { width: auto; min-height: 2.5rem; }
form h2 { margin: 0 0 1rem; font-size: 1.15rem; }
time { white-space: nowrap; }
main > :last-child, .notice > :last-child { margin-bottom: 0; }
.quiet { color: var(--quiet); }
form { margin-top: 1.5rem; }
.field { margin-bottom: 1.1rem; }
label { display: block; margin-bottom: .35rem; font-weight: 600; }
input, select, textarea {
  display: block;
  width: 100%;
  min-height: 2.9rem;
  padding: .5rem .75rem;
  border: 1px solid var(--edge);
  border-radius: .5rem;
  background: var(--card);
  color: inherit;
  font: inherit;
}
textarea { resize: none; font: .9em/1.4 ui-monospace, monospace; word-break: break-all; }
input[aria-invalid], select[aria-invalid] { border-color: var(--wrong); box-shadow: inset 0 0 0 1px var(--wrong); }
.wrong { margin: 0 0 .35rem; color: var(--wrong); font-size: .95rem; }
.notice { margin: 1.25rem 0 0; padding: .8rem 1rem; border-left: .25rem solid var(--wrong); border-radius: .25rem .5rem .5rem .25rem; background: var(--wrong-ground); }
.notice p { margin: 0; font-weight: 600; }
.notice + p { margin-top: 1rem; }
.done { margin: 1rem 0; padding: .8rem 1rem; border-left: .25rem solid var(--accent); border-radius: .25rem .5rem .5rem .25rem; background: var(--ground); font-weight: 600; }
.notice ul { margin: .25rem 0 0; padding-left: 1.1rem; }
.notice a { color: var(--wrong); }
button, .button {
  display: block;
  width: 100%;
  min-height: 2.9rem;
  padding: .55rem 1rem;
  border: 1px solid var(--accent);
  border-radius: .5rem;
  background: var(--accent);
  color: var(--on-accent);
  font: inherit;
  font-weight: 600;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
}
button:hover, .button:hover { border-color: var(--accent-strong); background: var(--accent-strong); }
button.second { margin-top: .75rem; border-color: var(--edge); background: none; color: inherit; }
button.second:hover { border-color: currentcolor; }
form + form { margin-top: .75rem; }
.wide form + form { margin-top: 2rem; }
.below { margin: 1rem 0 0; text-align: center; }
form + form button.second { margin-top: 0; }
:focus-visible { outline: .19rem solid var(--accent); outline-offset: .15rem; }
a { color: var(--accent); }
fieldset { margin: 0 0 1.25rem; padding: 0; border: 1px solid var(--line); border-radius: .6rem; }
legend { margin-left: .75rem; padding: 0 .4rem; font-weight: 600; }
fieldset > * { margin: 0; padding: .55rem .9rem; display: flex; align-items: center; gap: .75rem; font-weight: 400; }
fieldset > legend { padding: 0 .4rem; font-weight: 600; }
fieldset > * + * + * { border-top: 1px solid var(--line); }
fieldset > p::before { content: ''; flex: none; margin: -.3rem .15rem 0; width: .75rem; height: .4rem; border: solid var(--accent); border-width: 0 0 .16rem .16rem; rotate: -45deg; }
input[type='checkbox'] { flex: none; width: 1.1rem; min-height: 1.1rem; margin: 0; accent-color: var(--accent); }
.whole { display: inline-block; max-width: 100%; }
dl { margin: 0 0 1.25rem; }
dt { color: var(--quiet); font-size: .875rem; }
dd { margin: 0 0 .6rem; font-weight: 600; }
code { font: .9em ui-monospace, monospace; }
@media (max-width: 24rem) { body { padding: 1rem .75rem; } main { padding: 1.25rem; } }
@media (forced-colors: active) { .notice { border-left-color: Mark; } button { border-color: ButtonBorder; } }
`;
