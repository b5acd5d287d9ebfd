import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Client, CLOCK_SKEW_S, InjectClient, MAX_LIFETIME_S } from '@reputable/auth';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { Outbox } from '@reputable/database';
import { DataSource, type EntityManager } from 'typeorm';

/** The work of one service for a deleted account, as the outbox stores it. */
interface Step {
  readonly userId: string;
  /** Whether no request with a token of the user can follow any more. */
  readonly last: boolean;
}

/**
 * When the last step of each service runs, in seconds: later than the last token of the user and the longest deadline of a request with it. It
 * removes what such requests have written after the first step.
 */
const LAST_S = MAX_LIFETIME_S + CLOCK_SKEW_S + 90;

/** Removes a service from those that have not confirmed, and the row with the last one. */
const CONFIRM = 'UPDATE account_deletion SET unconfirmed = array_remove(unconfirmed, $2) WHERE user_id = $1';
const FINISH = "DELETE FROM account_deletion WHERE user_id = $1 AND unconfirmed = '{}' RETURNING 1";

/**
 * Has the other services delete what they know about a deleted user. Each step can run more than once. The table `account_deletion` has the
 * services that have not confirmed their last step. Each service has a queue of its own: one that is down does not delay the others.
 */
@Injectable()
export class DeletionOutbox implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('account deletion');
  readonly #outboxes: ReadonlyMap<string, Outbox<Step>>;

  constructor(
    readonly dataSource: DataSource,
    @InjectClient(UserService) users: Client<typeof UserService>,
    @InjectClient(PostService) posts: Client<typeof PostService>,
    @InjectClient(CommentService) comments: Client<typeof CommentService>,
  ) {
    const steps: Readonly<Record<string, (userId: string) => Promise<unknown>>> = {
      user: (userId) => users.deleteProfile({ userId }),
      post: (userId) => posts.anonymizePosts({ userId }),
      comment: (userId) => comments.anonymizeComments({ userId }),
    };
    this.#outboxes = new Map(Object.entries(steps).map(([service, run]) => [service, this.#outboxOf(service, run)]));
  }

  /** Begins the work of the other services, in the transaction that deletes the account. */
  async begin(tx: EntityManager, userId: string): Promise<void> {
    await tx.query('INSERT INTO account_deletion (user_id, unconfirmed) VALUES ($1, $2)', [userId, [...this.#outboxes.keys()]]);
    for (const outbox of this.#outboxes.values()) {
      await outbox.add(tx, [{ userId, last: false }]);
      await outbox.add(tx, [{ userId, last: true }], LAST_S);
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const outbox of this.#outboxes.values()) await outbox.onApplicationBootstrap();
  }

  async onApplicationShutdown(): Promise<void> {
    for (const outbox of this.#outboxes.values()) await outbox.onApplicationShutdown();
  }

  #outboxOf(service: string, run: (userId: string) => Promise<unknown>): Outbox<Step> {
    const deliver = async ([step]: Step[]) => {
      if (!step) return;
      await run(step.userId);
      if (step.last) await this.#confirm(step.userId, service);
    };
    return new Outbox({ dataSource: this.dataSource, queue: `account_deletion_${service}`, deliver, batch: 1 });
  }

  async #confirm(userId: string, service: string): Promise<void> {
    const isFinished = await this.dataSource.transaction(async (tx) => {
      await tx.query(CONFIRM, [userId, service]);
      const [finished] = await tx.query<[unknown[], number]>(FINISH, [userId]);
      return finished.length > 0;
    });
    if (isFinished) this.#log.log({ msg: 'account deleted everywhere', account: userId });
  }
}
