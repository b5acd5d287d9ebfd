import { refusingLine } from './source/deciding-lines.ts';
import { placeOf } from './source/named-line.ts';
import { hrefOf } from './source/source-page.ts';
import type { PlaygroundOptions } from './options.ts';
import { Accounts, PageError } from './story/accounts.ts';
import { ATTACKS } from './story/attacks.ts';
import { GatewayClient } from './story/gateway-client.ts';
import { REQUESTS } from './story/requests.ts';
import { type Outcome, Story } from './story/story.ts';
import { LinkedTraces } from './trace/linked-traces.ts';
import { type TraceView, viewOf } from './trace/view.ts';

/** What the page asks for. */
interface Command {
  readonly kind: 'request' | 'attack' | 'rotate-key';
  readonly name: string;
  readonly as: string;
}

/** What the page shows about an action, before its trace. */
interface Shown extends Outcome {
  /** The line of code that refused it. */
  readonly stop?: { readonly text: string; readonly href: string } | undefined;
  /** Whether it went to post without the gateway. */
  readonly direct: boolean;
  readonly note?: string;
}

/** The API of the page. */
export class Api {
  readonly #story: Story;
  readonly #traces: LinkedTraces | undefined;

  constructor({ inside, urls, accounts, demo, rotateKey, traces }: PlaygroundOptions) {
    this.#story = new Story(inside, new Accounts(new GatewayClient(urls.graphql), accounts, demo), rotateKey);
    this.#traces = traces && new LinkedTraces(traces);
  }

  /** Does what a button says. @throws PageError for a command that does not exist */
  async act(command: unknown): Promise<Shown> {
    const { kind, name, as } = commandIn(command);
    if (kind === 'rotate-key') return { traceId: '', direct: false, note: await this.#story.rotateKey() };
    const outcome = kind === 'attack' ? await this.#story.attack(name) : await this.#story.request(name, as);
    return { ...outcome, direct: ATTACKS.some((attack) => attack.name === name && attack.direct), stop: stopOf(name, outcome) };
  }

  /** A request for the browser to send itself, with its session. */
  async request(name: string): Promise<object> {
    const request = REQUESTS.find((each) => each.name === name);
    if (!request) throw new PageError(`There is no request "${name}".`);
    return { query: request.query, variables: request.variables(await this.#story.ids()) };
  }

  /** The line that refuses a request for a reason. */
  stop(name: string, reason: string): object {
    return { stop: stopOf(name, { refusal: { reason } }) };
  }

  /** The trace of a request; undefined until the services have exported it. */
  trace(traceId: string): TraceView | undefined {
    const trace = this.#traces?.traceOf(traceId);
    return trace && viewOf(trace);
  }
}

function stopOf(action: string, { refusal }: { readonly refusal?: { readonly reason: string } | undefined }): Shown['stop'] {
  const line = refusal && refusingLine(action, refusal.reason);
  if (!line) return undefined;
  const place = placeOf(line);
  return { text: `${place.file}:${String(place.line)}`, href: hrefOf(place) };
}

const KINDS = ['request', 'attack', 'rotate-key'] as const;

function commandIn(command: unknown): Command {
  const { kind, name, as } = command as Partial<Record<keyof Command, unknown>>;
  const known = KINDS.find((each) => each === kind);
  if (known === undefined || typeof name !== 'string' || typeof as !== 'string')
    throw new PageError('The command needs a kind, a name and an account.');
  return { kind: known, name, as };
}
