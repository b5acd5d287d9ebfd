import type { DatabaseSchema } from '@reputable/database';
import { Comment } from './comment/comment.entity.ts';
import { CreateComments1763700000000 } from './migrations/1763700000000-create-comments.ts';

/** The service's entities and migrations. */
export const schema: DatabaseSchema = {
  entities: [Comment],
  migrations: [CreateComments1763700000000],
};
