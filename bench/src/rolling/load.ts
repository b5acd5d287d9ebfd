import type { Person } from '@reputable/dev';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Gateways } from './gateways.ts';
import type { Kind, Ledger } from './ledger.ts';

const LIST = '{ posts(first: 10) { nodes { id title score } } }';
const NESTED =
  '{ posts(first: 5) { nodes { title score author { displayName } comments(first: 2) { nodes { body author { displayName } } } } } }';
const UPVOTE = 'mutation ($id: ID!) { upvotePost(id: $id) { score } }';
const RETRACT = 'mutation ($id: ID!) { retractVote(id: $id) { score } }';
const COMMENT = 'mutation ($id: ID!) { createComment(input: { postId: $id, body: "A comment" }) { id } }';

/** The kinds of ten requests in a row: people list more than they read, and read more than they write. */
const MIX: readonly Kind[] = ['list', 'list', 'vote', 'list', 'nested', 'list', 'comment', 'list', 'nested', 'list'];

/** A user, and a post by another one. */
export interface Reader {
  readonly person: Person;
  readonly postId: string;
}

/** Requests of signed-in users at a fixed rate, whatever the responses: lists, nested reads, votes and comments. */
export class Load {
  readonly #over = new AbortController();
  readonly #sending: Promise<void>;

  constructor(
    private readonly gateways: Gateways,
    private readonly readers: readonly Reader[],
    private readonly ledger: Ledger,
    rate: number,
  ) {
    this.#sending = this.#send(1_000 / rate);
  }

  /** Sends no more requests, and waits for the responses. */
  async stop(): Promise<void> {
    this.#over.abort();
    await this.#sending;
  }

  async #send(everyMs: number): Promise<void> {
    const began = performance.now();
    const answered: Promise<void>[] = [];
    for (let number = 0; !this.#over.signal.aborted; number += 1) {
      await sleep(Math.max(0, began + number * everyMs - performance.now()));
      answered.push(this.#ask(number));
    }
    await Promise.all(answered);
  }

  async #ask(number: number): Promise<void> {
    const kind = MIX[number % MIX.length] ?? 'list';
    const turn = Math.floor(number / MIX.length);
    const reader = this.readers[turn % this.readers.length];
    if (!reader) return;
    // A user's votes alternate, so that each one changes something.
    const isUp = Math.floor(turn / this.readers.length) % 2 === 0;
    const query = { list: LIST, nested: NESTED, vote: isUp ? UPVOTE : RETRACT, comment: COMMENT }[kind];
    const variables = query.startsWith('mutation') ? { id: reader.postId } : {};
    const sentAt = new Date();
    const outcome = await this.gateways.ask(query, variables, reader.person.token);
    this.ledger.note(kind, outcome, sentAt);
  }
}
