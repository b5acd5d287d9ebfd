import { type Person, Refused } from '@reputable/dev';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry, Ledger, Vote } from './ledger.ts';
import type { Random } from './random.ts';

/** The pause before a request is repeated, in milliseconds. */
const PAUSE_MS = 250;

/** The time between two refreshes of a member, in milliseconds. */
const [RENEW_FROM_MS, RENEW_TO_MS] = [10_000, 30_000];

/** The codes of errors after which a member tries again. */
const PASSING = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED', 'ABORTED']);

/** A read that passes through all services. */
export const READ = `{
  me { id }
  posts(first: 10) { nodes { id score author { displayName } comments(first: 5) { nodes { body author { displayName } } } } }
}`;

const VOTES = { 1: 'upvotePost', [-1]: 'downvotePost', 0: 'retractVote' } as const satisfies Record<Vote, string>;

/** A user who reads, writes, votes and refreshes, repeats each request until it is acknowledged, and keeps the ledger. */
export class Member {
  #renewAt: number;

  constructor(
    readonly person: Person,
    readonly ledger: Ledger,
    readonly random: Random,
  ) {
    this.#renewAt = this.#nextRenewal();
  }

  /** Does one thing. */
  act(): Promise<unknown> {
    if (performance.now() > this.#renewAt) return this.renew();
    const [post, comment] = [this.ledger.posts, this.ledger.comments].map((entries) => entries.byOther(this.person.id, this.random));
    const choice = this.random.next();
    if (choice < 0.08 || !post) return this.#write();
    if (choice < 0.16) return this.#comment(post);
    if (choice < 0.4) return this.#vote(post);
    if (choice < 0.5 && comment) return this.#voteForComment(comment);
    return this.#untilAcknowledged(() => this.person.ask(READ));
  }

  /** Refreshes. If that ends the session, logs in again. */
  async renew(): Promise<void> {
    this.#renewAt = this.#nextRenewal();
    const began = performance.now();
    while (!this.ledger.isClosed) {
      try {
        await this.person.refresh();
        return;
      } catch (error) {
        const reason = reasonOf(error);
        this.ledger.failed(reason);
        if (isPassing(error)) {
          await sleep(PAUSE_MS);
          continue;
        }
        this.ledger.endedSessions.push(`${reason}, ${((performance.now() - began) / 1000).toFixed(1)} s after the first try`);
        await this.#untilAcknowledged(() => this.person.logIn());
        return;
      }
    }
  }

  async #write(): Promise<void> {
    const key = randomUUID();
    const input = { title: key, body: 'In a storm.', idempotencyKey: key };
    const mutation = 'mutation ($input: CreatePostInput!) { created: createPost(input: $input) { id } }';
    await this.#create(mutation, input, (entry) => this.ledger.posts.add(key, entry));
  }

  async #comment({ id: postId }: Entry): Promise<void> {
    const key = randomUUID();
    const input = { postId, body: key, idempotencyKey: key };
    const mutation = 'mutation ($input: CreateCommentInput!) { created: createComment(input: $input) { id } }';
    await this.#create(mutation, input, (entry) => this.ledger.comments.add(key, entry));
  }

  async #create(mutation: string, input: object, acknowledge: (entry: Entry) => void): Promise<void> {
    const answer = await this.#untilAcknowledged(() => this.person.ask<{ created: { id: string } }>(mutation, { input }));
    if (!answer) return;
    acknowledge({ id: answer.created.id, authorId: this.person.id });
    this.ledger.writes += 1;
  }

  #vote({ id }: Entry): Promise<void> {
    const vote = this.random.of<Vote>([1, 1, 1, -1, 0]);
    return this.#send(VOTES[vote], id, vote);
  }

  #voteForComment({ id }: Entry): Promise<void> {
    const vote = this.random.of<Vote>([1, 1, 0]);
    return this.#send(vote === 1 ? 'upvoteComment' : 'retractCommentVote', id, vote);
  }

  async #send(mutation: string, id: string, vote: Vote): Promise<void> {
    const answer = await this.#untilAcknowledged(() => this.person.ask(`mutation ($id: ID!) { ${mutation}(id: $id) { id } }`, { id }));
    if (!answer) return;
    this.ledger.votes.set(`${id} ${this.person.id}`, vote);
    this.ledger.writes += 1;
  }

  /** Repeats a request. Undefined if it is refused for another reason than a fault, or the ledger is closed. */
  async #untilAcknowledged<T>(request: () => Promise<T>): Promise<T | undefined> {
    while (!this.ledger.isClosed) {
      const began = performance.now();
      try {
        const answer = await request();
        this.ledger.acknowledged += 1;
        this.ledger.durations.push(performance.now() - began);
        return answer;
      } catch (error) {
        this.ledger.failed(reasonOf(error));
        if (!isPassing(error)) {
          this.ledger.faults.push(`${reasonOf(error)}: ${(error as Error).message}`);
          return undefined;
        }
        await sleep(PAUSE_MS);
      }
    }
    return undefined;
  }

  #nextRenewal(): number {
    return performance.now() + this.random.between(RENEW_FROM_MS, RENEW_TO_MS);
  }
}

/** Without an answer, or with one that names a passing fault. */
/** Whether a fault explains the error: not if the answer is none of GraphQL's. */
const isPassing = (error: unknown) => (error instanceof Refused ? PASSING.has(error.code) : !(error instanceof SyntaxError));

const reasonOf = (error: unknown) => {
  if (error instanceof Refused) return error.reason;
  const { name, cause } = error as Error;
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? name;
};
