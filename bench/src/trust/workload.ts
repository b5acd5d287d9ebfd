import { Person } from '@reputable/dev';
import { query } from '@reputable/testing';
import type autocannon from 'autocannon';
import { LISTINGS } from '../listing.ts';
import { graphqlRequest } from '../load.ts';
import type { TrustSystem } from './trust-system.ts';

/** The requests that are compared. A comment passes three services: gateway, comment, post. */
export const WORKLOADS = ['flat', 'nested', 'vote', 'comment'] as const;

/** The name of a compared request. */
export type Workload = (typeof WORKLOADS)[number];

/** The number of users who vote and comment. */
const PEOPLE = 10;

/** Enough for many votes in both directions: a downvote costs reputation. */
const UPVOTES = 1_000;

const COMMENT = 'mutation ($input: CreateCommentInput!) { createComment(input: $input) { id } }';

/** Users, and the posts that they vote for and comment on. */
export class Workloads {
  #next = 0;

  private constructor(
    readonly system: TrustSystem,
    readonly people: readonly Person[],
    readonly posts: readonly string[],
  ) {}

  /** Creates the users. The posts exist. */
  static async prepare(system: TrustSystem): Promise<Workloads> {
    const people: Person[] = [];
    for (let index = 0; index < PEOPLE; index += 1) people.push(await Person.join(system, `Person ${index}`, { upvotes: UPVOTES }));
    const posts = await query<{ id: string }>(system.databaseUrl('post'), 'SELECT id FROM post');
    return new Workloads(
      system,
      people,
      posts.map(({ id }) => id),
    );
  }

  /** Renews the tokens, which last for five minutes. */
  async refresh(): Promise<void> {
    await Promise.all(this.people.map((person) => person.refresh()));
  }

  /** The requests of a workload for autocannon. */
  request(workload: Workload): Promise<autocannon.Options> {
    const [reader] = this.people;
    const request = (document: string) => graphqlRequest(this.system, document, reader?.token);
    if (workload === 'flat' || workload === 'nested') return Promise.resolve(request(LISTINGS[workload]));
    const setupRequest = (blank: autocannon.Request) => {
      const { person, postId, round } = this.#turn();
      const body = workload === 'vote' ? voteFor(postId, round) : { query: COMMENT, variables: { input: { postId, body: 'I agree.' } } };
      return { ...blank, headers: { ...blank.headers, authorization: `Bearer ${person.token}` }, body: JSON.stringify(body) };
    };
    return Promise.resolve({ ...request(COMMENT), requests: [{ setupRequest }] });
  }

  /** The next user and post, so that each user comes to each post once a round. */
  #turn(): { readonly person: Person; readonly postId: string; readonly round: number } {
    const [turn, { length: people }, { length: posts }] = [this.#next, this.people, this.posts];
    this.#next += 1;
    const person = this.people[turn % people] as Person;
    // A user's next post is another one, so that no two votes for a post are close in time.
    return {
      person,
      postId: this.posts[Math.floor(turn / people + (turn % people) * 97) % posts] ?? '',
      round: Math.floor(turn / (people * posts)),
    };
  }
}

/** A vote that changes the one of the round before. */
function voteFor(id: string, round: number): { readonly query: string; readonly variables: object } {
  const vote = round % 2 === 0 ? 'upvotePost' : 'downvotePost';
  return { query: `mutation ($id: ID!) { ${vote}(id: $id) { id } }`, variables: { id } };
}
