import type { Answer, GatewayClient, Refusal } from './gateway-client.ts';

/** A demo account. */
export interface Account {
  readonly email: string;
  readonly displayName: string;
  readonly roles: readonly string[];
  readonly reputation: number;
}

/** What the launcher has saved about the demo accounts. */
export interface DemoData {
  readonly password: string;
  /** The post to vote on. */
  readonly postId: string;
  /** The ids of the accounts, by e-mail address. */
  readonly ids: Readonly<Record<string, string>>;
}

interface Held {
  readonly accessToken: string;
  /** When to log in again, in milliseconds since the epoch. */
  readonly until: number;
}

const LOG_IN = 'mutation ($input: LogInInput!) { logIn(input: $input) { accessToken expiresIn } }';

/** Log in again before the token expires, in milliseconds. */
const MARGIN_MS = 30_000;

/** A problem with a request of the page, for its reader. */
export class PageError extends Error {}

/** Logs demo accounts in, and holds their tokens. The browser never gets one. */
export class Accounts {
  readonly #held = new Map<string, Held>();

  constructor(
    readonly gateway: GatewayClient,
    readonly all: readonly Account[],
    /** Undefined until the accounts exist. */
    readonly demo: () => Promise<DemoData | undefined>,
  ) {}

  /** @throws PageError while the launcher has not created the accounts */
  async data(): Promise<DemoData> {
    const data = await this.demo();
    if (!data) throw new PageError('The demo accounts do not exist yet. Try again when the launcher prints that Reputable runs.');
    return data;
  }

  /** @throws PageError for an account that does not exist */
  named(name: string): Account {
    const account = this.all.find(({ email }) => nameOf(email) === name);
    if (account) return account;
    throw new PageError(`There is no demo account "${name}". Choose one of ${this.all.map(({ email }) => nameOf(email)).join(', ')}.`);
  }

  /** The id of an account. */
  async idOf(name: string): Promise<string> {
    const { ids } = await this.data();
    const id = ids[this.named(name).email];
    if (id === undefined) throw new PageError(`The launcher has not created the account "${name}". Start it again.`);
    return id;
  }

  /** A token of the account, from an earlier log-in if there was one; or the refusal of the log-in. */
  async token(name: string): Promise<string | Refusal> {
    const { email } = this.named(name);
    const held = this.#held.get(email);
    if (held && held.until > Date.now()) return held.accessToken;
    return this.logIn(name);
  }

  /** Logs in anew, without ending other sessions. */
  async logIn(name: string, hold = true): Promise<string | Refusal> {
    const { email } = this.named(name);
    const { password } = await this.data();
    const { data, refusal }: Answer = await this.gateway.send(LOG_IN, { input: { email, password } });
    if (refusal) return refusal;
    const { accessToken, expiresIn } = data['logIn'] as { accessToken: string; expiresIn: number };
    if (hold) this.#held.set(email, { accessToken, until: Date.now() + expiresIn * 1000 - MARGIN_MS });
    return accessToken;
  }

  /** Forgets the token of an account, so that its next request logs in again. */
  forget(name: string): void {
    this.#held.delete(this.named(name).email);
  }
}

/** The name of an account on the page: the part of its address before the @. */
export const nameOf = (email: string) => email.replace(/@.*/, '');
