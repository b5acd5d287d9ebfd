import type { TraceView } from '../trace/view.ts';
import { act, actAsBrowser, health, type Outcome, sessionUser, traceOf } from './api.ts';
import { byId, element } from './element.ts';
import { Picture, type Step } from './picture.ts';
import { problem, resultOf } from './result.ts';
import { traceList } from './trace-list.ts';

/** How often the page asks for a trace, and for how long after its last change, in milliseconds. */
const POLL_MS = 250;
const STILL_MS = 2_500;
const LONGEST_MS = 8_000;
const HEALTH_MS = 3_000;

const picture = new Picture(byId('map'));
const accounts = [...document.querySelectorAll<HTMLInputElement>('input[name="as"]')];
let polling = new AbortController();

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Chooses the account that the address names, else the newcomer. */
function chooseAccount(): void {
  const wanted = new URLSearchParams(location.search).get('as') ?? 'newcomer';
  const found = accounts.find(({ value }) => value === wanted);
  const chosen = found ?? accounts.find(({ value }) => value === 'newcomer');
  if (chosen) chosen.checked = true;
  byId('result').replaceChildren(
    found
      ? element('p', { class: 'hint' }, 'Send a request. Its path lights up, with every check on the way.')
      : problem(`There is no demo account "${wanted}". Choose one of ${accounts.map(({ value }) => value).join(', ')}.`),
  );
}

/** Keeps the chosen account in the address, so that the page can be linked to. */
function remember(): void {
  const url = new URL(location.href);
  url.searchParams.set('as', account().name);
  history.replaceState(null, '', url);
}

function account(): { readonly name: string; readonly label: string } {
  const chosen = accounts.find(({ checked }) => checked);
  return {
    name: chosen?.value ?? 'nobody',
    label: chosen?.closest('label')?.querySelector('span')?.firstChild?.textContent?.trim() ?? 'nobody',
  };
}

/** Sends the request of a button, and follows its trace until a button is pressed again. */
async function press(button: HTMLButtonElement): Promise<void> {
  if (button.getAttribute('aria-busy') === 'true') return;
  const label = button.querySelector('b')?.textContent ?? button.dataset['name'] ?? '';
  const who = account();
  polling.abort();
  polling = new AbortController();
  const { signal } = polling;
  try {
    const outcome = await send(button, who.name);
    if (signal.aborted) return;
    show(label, who.label, outcome);
    if (outcome.note === undefined) await follow(label, who.label, outcome, signal);
  } catch (error) {
    if (!signal.aborted) fail((error as Error).message);
  }
}

/** The button is busy until the response arrives. */
async function send(button: HTMLButtonElement, as: string): Promise<Outcome> {
  const { kind = '', name = '' } = button.dataset;
  button.setAttribute('aria-busy', 'true');
  try {
    return await (kind === 'request' && as === 'session' ? actAsBrowser(name) : act({ kind, name, as }));
  } finally {
    button.removeAttribute('aria-busy');
  }
}

function show(label: string, who: string, outcome: Outcome, trace?: TraceView): void {
  const steps = trace && trace.hops.length > 0 ? trace.hops : guessed(outcome);
  picture.show(steps);
  const where = steps.findLast(({ refused }) => refused)?.to;
  const toTrace = element('p', { class: 'to-trace' }, element('a', { href: '#trace' }, 'Steps and timing'));
  byId('result').replaceChildren(resultOf(label, who, outcome, where), ...(trace ? [toTrace] : []));
  showTrace(trace);
  const { top, bottom } = byId('map').getBoundingClientRect();
  if (!trace && (bottom < 120 || top > innerHeight - 120)) byId('map').scrollIntoView({ behavior: isCalm() ? 'auto' : 'smooth' });
}

function showTrace(trace: TraceView | undefined): void {
  byId('trace').hidden = !trace;
  byId('trace').replaceChildren(...(trace ? traceList(trace) : []));
}

/** The steps that are known before the trace, or without one: a refused TLS handshake leaves none. */
const guessed = ({ direct, refusal, note }: Outcome): readonly Step[] =>
  note === undefined ? [{ from: 'you', to: direct ? 'post' : 'gateway', refused: direct && refusal !== undefined }] : [];

const isCalm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Shows the trace of a request, and again whenever more of it has arrived. */
async function follow(label: string, who: string, outcome: Outcome, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  let changed = start;
  let size = 0;
  while (performance.now() - start < LONGEST_MS && (size === 0 || performance.now() - changed < STILL_MS)) {
    const trace = await traceOf(outcome.traceId, signal);
    signal.throwIfAborted();
    if (trace && trace.bars.length !== size) {
      size = trace.bars.length;
      changed = performance.now();
      show(label, who, outcome, trace);
    }
    await sleep(POLL_MS);
    signal.throwIfAborted();
  }
}

function fail(message: string): void {
  picture.show([]);
  showTrace(undefined);
  byId('result').replaceChildren(problem(message));
}

async function watchHealth(): Promise<void> {
  for (;;) {
    if (!document.hidden) picture.mark(await down());
    await sleep(HEALTH_MS);
  }
}

async function down(): Promise<ReadonlySet<string>> {
  try {
    const states = Object.entries(await health());
    return new Set(states.filter(([, state]) => state === 'down').map(([name]) => name));
  } catch {
    return new Set(['gateway']);
  }
}

async function showSession(): Promise<void> {
  const user = await sessionUser();
  const text = accounts
    .find(({ value }) => value === 'session')
    ?.closest('label')
    ?.querySelector('small');
  if (user && text) text.textContent = [user.displayName, ...user.roles, `reputation ${String(user.reputation)}`].join(', ');
}

chooseAccount();
for (const input of accounts) input.addEventListener('change', remember);
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-kind]'))
  button.addEventListener('click', () => void press(button));
void watchHealth();
void showSession().catch(() => undefined);
