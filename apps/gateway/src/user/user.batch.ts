import { Injectable } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { deletedUser } from '@reputable/contracts';
import { type User, UserSchema, UserService } from '@reputable/contracts/user/v1/user';
import DataLoader from 'dataloader';
import { perRequest } from '../graphql/per-request.ts';
import { readMask } from '../graphql/read-mask.ts';
import { afterAuthors } from './author-wait.ts';

/** The limit of `BatchGetUsers`. */
const MAX_IDS = 2_000;

const userMask = readMask(UserSchema);

/**
 * Users by id. One call fetches the authors of a request's posts and of their comments, each once: it waits for the comments, because one call
 * costs all services less than two.
 */
@Injectable()
export class UserBatch {
  readonly #loader = perRequest(
    () => new DataLoader((ids: readonly string[]) => this.#fetch(ids), { maxBatchSize: MAX_IDS, batchScheduleFn: afterAuthors }),
  );

  constructor(@InjectClient(UserService) readonly users: Client<typeof UserService>) {}

  /** The user, or a {@link deletedUser} if the user does not exist, so that one missing user does not fail a whole list. */
  load(id: string): Promise<User> {
    return this.#loader().load(id);
  }

  async #fetch(ids: readonly string[]): Promise<User[]> {
    const { users } = await this.users.batchGetUsers({ ids: [...ids], readMask: userMask() });
    const byId = new Map(users.map((user) => [user.id, user]));
    return ids.map((id) => byId.get(id) ?? deletedUser(id));
  }
}
