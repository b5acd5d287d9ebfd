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

  /** The key of the request that created it, unique among the requests of its author. */
  @Column('text', { name: 'idempotency_key', nullable: true, select: false })
  idempotencyKey?: string | null;

  /** The hash of that request. */
  @Column('bytea', { name: 'request_hash', nullable: true, select: false })
  requestHash?: Buffer | null;
}
