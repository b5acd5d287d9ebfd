import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A user's vote on a post: one row per user and post. */
@Entity('vote')
export class Vote {
  @PrimaryColumn('uuid', { name: 'post_id' })
  postId!: string;

  @PrimaryColumn('uuid', { name: 'user_id' })
  userId!: string;

  @Column('smallint')
  value!: 1 | -1;
}
