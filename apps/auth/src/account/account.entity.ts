import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The credentials of a user. The user service has the profile. */
@Entity('account')
export class Account {
  /** Also the user's id. */
  @PrimaryColumn('uuid')
  id!: string;

  /** Normalised by `email()`: two spellings of one address are one account. Null in the account of an API client, like the password. */
  @Column('text', { nullable: true })
  email!: string;

  /** When the user showed to read mail to the address; null if never. */
  @Column('timestamptz', { name: 'email_verified_at', nullable: true })
  emailVerifiedAt!: Date | null;

  /** A PHC string. Null in the account of a user who logs in with an outside provider only. */
  @Column('text', { name: 'password_hash', nullable: true })
  passwordHash!: string;

  /** `pending` until the user service has the profile. A pending account cannot log in. */
  @Column('text')
  state!: 'pending' | 'active';

  /** The display name for the profile; null as soon as the profile exists. */
  @Column('text', { name: 'display_name', nullable: true })
  displayName!: string | null;

  /** When {@link RegistrationRecovery} may complete a pending account. */
  @Column('timestamptz', { name: 'held_until', nullable: true })
  heldUntil!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
