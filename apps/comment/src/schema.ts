import type { DatabaseSchema } from '@reputable/database';
import { Comment } from './comment/comment.entity.ts';
import { AddIdempotencyKeys1763700000001 } from './migrations/1763700000001-add-idempotency-keys.ts';
import { CreateComments1763700000000 } from './migrations/1763700000000-create-comments.ts';
import { CreateVoteCounts1763700000032 } from './migrations/1763700000032-create-vote-counts.ts';
import { IndexUsers1763700000033 } from './migrations/1763700000033-index-users.ts';

/** The service's entities and migrations. */
export const schema: DatabaseSchema = {
  entities: [Comment],
  migrations: [CreateComments1763700000000, AddIdempotencyKeys1763700000001, CreateVoteCounts1763700000032, IndexUsers1763700000033],
};
