import { Injectable } from '@nestjs/common';
import type { AuthenticatedUser } from '@reputable/auth';
import { KeyedBatcher, MIN_ID, newId, select } from '@reputable/database';
import { fail } from '@reputable/errors';
import { DataSource, type EntityManager } from 'typeorm';
import { Post } from '../post/post.entity.ts';
import { ownPost, postNotFound, tooManyVotes } from '../post/post.errors.ts';
import { mayVote } from '../post/post.rules.ts';
import { type ReputationEvent, ReputationOutbox, secondsToNextMinute, VoteLimit } from '@reputable/reputation';
import { consequences, type Stance } from './vote.rules.ts';
import { LIST_OWN, type Move, MOVE_VOTES, type Moved, type OwnVote } from './vote.sql.ts';

/** A user's vote, or 0 to retract it. */
interface Ballot {
  readonly user: AuthenticatedUser;
  readonly stance: Stance;
}

/** Counts votes. A vote changes the post's score and adds the reputation events in one transaction. */
@Injectable()
export class VoteService {
  readonly #ballots = new KeyedBatcher<Ballot, Post>((postId, ballots) => this.#count(postId, ballots));

  constructor(
    readonly dataSource: DataSource,
    readonly reputation: ReputationOutbox,
    readonly limit: VoteLimit,
  ) {}

  /** Replaces the user's vote on a post by `stance`. */
  vote(postId: string, stance: Stance, user: AuthenticatedUser): Promise<Post> {
    return this.#ballots.run(postId, { user, stance });
  }

  /** The votes of a user, by the ids of the posts, after the post `after`. Fetches up to `size` + 1, to detect a next page. */
  listOf(userId: string, size: number, after: string = MIN_ID): Promise<OwnVote[]> {
    return select<OwnVote>(this.dataSource, LIST_OWN, [userId, after, size + 1]);
  }

  /** Counts a batch of votes on one post. Of several votes of one user, the last one counts. Returns each voter's post or an error. */
  #count(postId: string, ballots: readonly Ballot[]): Promise<(Post | Error)[]> {
    return this.dataSource.transaction(async (tx) => {
      const lock = { mode: 'for_no_key_update' } as const;
      const post = (await tx.findOne(Post, { where: { id: postId }, lock })) ?? fail(postNotFound(postId));
      const isWithinLimit = await this.limit.count(
        tx,
        ballots.map(({ user }) => user.id),
      );
      const counted = new Set(ballots.filter((_, index) => isWithinLimit[index]));
      const valid = new Set([...counted].filter(({ user, stance }) => stance === 0 || mayVote(user, post)));
      const stances = new Map([...valid].map(({ user, stance }) => [user.id, stance]));
      const { score, moves } = await move(tx, postId, stances);
      const events = moves.flatMap((move) => eventsOf(move, post));
      await this.reputation.add(tx, events);
      return ballots.map((ballot) => {
        if (valid.has(ballot)) return seen(post, score, stances.get(ballot.user.id));
        return counted.has(ballot) ? ownPost() : tooManyVotes(secondsToNextMinute());
      });
    });
  }
}

async function move(tx: EntityManager, postId: string, stances: ReadonlyMap<string, Stance>): Promise<Moved> {
  const [[moved]] = await tx.query<[[Moved], number]>(MOVE_VOTES, [postId, [...stances.keys()], [...stances.values()]]);
  return moved;
}

const seen = (post: Post, score: number, stance: Stance = 0) => Object.assign(new Post(), post, { score, myVote: stance || null });

function eventsOf({ user_id: voter, before, after }: Move, { id, authorId: author }: Post): ReputationEvent[] {
  const occurredAt = new Date().toISOString();
  return consequences(before, after).map(({ kind, whose, undone }) => ({
    id: newId(),
    userId: { author, voter }[whose],
    kind: `REPUTATION_KIND_${kind}`,
    undone,
    subjectId: id,
    occurredAt,
  }));
}
