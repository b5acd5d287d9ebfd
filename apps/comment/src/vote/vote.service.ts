import { Injectable } from '@nestjs/common';
import type { AuthenticatedUser } from '@reputable/auth';
import { KeyedBatcher, MIN_ID, newId, select } from '@reputable/database';
import { fail } from '@reputable/errors';
import { DataSource } from 'typeorm';
import { Comment } from '../comment/comment.entity.ts';
import { commentNotFound, ownComment, tooManyVotes } from '../comment/comment.errors.ts';
import { mayVote } from '../comment/comment.rules.ts';
import { type ReputationEvent, ReputationOutbox, secondsToNextMinute, VoteLimit } from '@reputable/reputation';
import { LIST_OWN, type Move, MOVE_VOTES, type Moved } from './vote.sql.ts';

/** A user's vote: up, or none. */
interface Ballot {
  readonly user: AuthenticatedUser;
  readonly up: boolean;
}

/** Counts votes. A vote changes the comment's score and adds the author's reputation event in one transaction. */
@Injectable()
export class VoteService {
  readonly #ballots = new KeyedBatcher<Ballot, Comment>((commentId, ballots) => this.#count(commentId, ballots));

  constructor(
    readonly dataSource: DataSource,
    readonly reputation: ReputationOutbox,
    readonly limit: VoteLimit,
  ) {}

  /** Sets the user's vote on a comment, or retracts it. */
  vote(commentId: string, up: boolean, user: AuthenticatedUser): Promise<Comment> {
    return this.#ballots.run(commentId, { user, up });
  }

  /** The comments that a user has voted for, by their ids, after the comment `after`. Fetches up to `size` + 1, to detect a next page. */
  listOf(userId: string, size: number, after: string = MIN_ID): Promise<Pick<Comment, 'id'>[]> {
    return select<Pick<Comment, 'id'>>(this.dataSource, LIST_OWN, [userId, after, size + 1]);
  }

  /** Counts a batch of votes on one comment. Of several votes of one user, the last one counts. Returns the comment or an error per vote. */
  #count(commentId: string, ballots: readonly Ballot[]): Promise<(Comment | Error)[]> {
    return this.dataSource.transaction(async (tx) => {
      const lock = { mode: 'for_no_key_update' } as const;
      const comment = (await tx.findOne(Comment, { where: { id: commentId }, lock })) ?? fail(commentNotFound(commentId));
      const isWithinLimit = await this.limit.count(
        tx,
        ballots.map(({ user }) => user.id),
      );
      const counted = new Set(ballots.filter((_, index) => isWithinLimit[index]));
      const valid = new Set([...counted].filter(({ user, up }) => !up || mayVote(user, comment)));
      const wanted = new Map([...valid].map(({ user, up }) => [user.id, up]));
      const [[{ score, moves }]] = await tx.query<[[Moved], number]>(MOVE_VOTES, [commentId, [...wanted.keys()], [...wanted.values()]]);
      const events = moves.map((move) => eventOf(move, comment));
      await this.reputation.add(tx, events);
      return ballots.map((ballot) => {
        if (valid.has(ballot)) return Object.assign(comment, { score });
        return counted.has(ballot) ? ownComment() : tooManyVotes(secondsToNextMinute());
      });
    });
  }
}

const eventOf = ({ up }: Move, { id, authorId }: Comment): ReputationEvent => ({
  id: newId(),
  userId: authorId,
  kind: 'REPUTATION_KIND_COMMENT_UPVOTED',
  undone: !up,
  subjectId: id,
  occurredAt: new Date().toISOString(),
});
