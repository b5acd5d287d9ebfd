import { asEpochMs } from '@reputable/database';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Vote } from './vote.entity.ts';

/** A user's post. Other users vote and comment on it. */
@Entity('post')
export class Post {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'author_id' })
  authorId!: string;

  @Column('text')
  title!: string;

  @Column('text')
  body!: string;

  /** The sum of its votes. Only a vote changes it, in the same statement. */
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

  /** The current user's vote; not a column. Absent without a user, null without a vote. */
  myVote?: Vote['value'] | null;
}
