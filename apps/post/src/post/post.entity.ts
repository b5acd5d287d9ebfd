import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Vote } from './vote.entity.ts';

/** Something that a user wrote for others to vote and comment on. */
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

  /** The sum of its votes. Nothing but a vote changes it, and in the same statement. */
  @Column('int')
  score!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  /** The user's own vote; no column. Absent where nobody is signed in. */
  myVote?: Pick<Vote, 'value'> | null;
}
