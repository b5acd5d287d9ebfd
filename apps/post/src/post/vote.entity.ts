import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a user thinks of a post: one row a user and post. */
@Entity('vote')
export class Vote {
  @PrimaryColumn('uuid', { name: 'post_id' })
  postId!: string;

  @PrimaryColumn('uuid', { name: 'user_id' })
  userId!: string;

  @Column('smallint')
  value!: 1 | -1;
}
