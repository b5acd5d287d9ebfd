import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a user says about a post. */
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

  /** How many upvoted it. Nothing but a vote changes it, and in the same statement. */
  @Column('int')
  score!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
