import type { DatabaseSchema } from '@reputable/database';
import { AddIdempotencyKeys1763700000001 } from './migrations/1763700000001-add-idempotency-keys.ts';
import { CreatePosts1763700000000 } from './migrations/1763700000000-create-posts.ts';
import { CreateVoteCounts1763700000032 } from './migrations/1763700000032-create-vote-counts.ts';
import { IndexUsers1763700000033 } from './migrations/1763700000033-index-users.ts';
import { Post } from './post/post.entity.ts';
import { Vote } from './post/vote.entity.ts';

/** The service's entities and migrations. */
export const schema: DatabaseSchema = {
  entities: [Post, Vote],
  migrations: [CreatePosts1763700000000, AddIdempotencyKeys1763700000001, CreateVoteCounts1763700000032, IndexUsers1763700000033],
};
