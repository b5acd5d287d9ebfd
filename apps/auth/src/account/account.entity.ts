import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Somebody who can log in; the user service knows who they are. */
@Entity('account')
export class Account {
  /** Also the user's id. */
  @PrimaryColumn('uuid')
  id!: string;

  /** As `email()` normalises it: two spellings of one address are one account. */
  @Column('text')
  email!: string;

  /** A PHC string. */
  @Column('text', { name: 'password_hash' })
  passwordHash!: string;

  /** `pending` until the profile is known to exist: a pending account cannot log in. */
  @Column('text')
  state!: 'pending' | 'active';

  /** What to call the profile; forgotten as soon as it exists. */
  @Column('text', { name: 'display_name', nullable: true })
  displayName!: string | null;

  /** While it is pending: until when a registration is at work on it. After that it is for anybody to take up. */
  @Column('timestamptz', { name: 'held_until', nullable: true })
  heldUntil!: Date | null;

  /** Set if it became active without anybody being told: whoever registered may ask again, once. */
  @Column('timestamptz', { name: 'recovered_at', nullable: true })
  recoveredAt!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
