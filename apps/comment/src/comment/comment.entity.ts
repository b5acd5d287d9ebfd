import { asEpochMs } from '@reputable/database';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A user's comment on a post. */
@Entity('comment')
export class Comment {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'post_id' })
  postId!: string;

  @Column('uuid', { name: 'author_id' })
  authorId!: string;

  @Column('text')
  body!: string;

  /** The number of upvotes. Only a vote changes it, in the same statement. */
  @Column('int')
  score!: number;

  /** In milliseconds since the epoch. */
  @Column('timestamptz', { name: 'created_at', transformer: asEpochMs })
  createdAt!: number;

  /** In milliseconds since the epoch. */
  @Column('timestamptz', { name: 'updated_at', transformer: asEpochMs })
  updatedAt!: number;
}
