import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The credentials of a user. The user service has the profile. */
@Entity('account')
export class Account {
  /** Also the user's id. */
  @PrimaryColumn('uuid')
  id!: string;

  /** Normalised by `email()`: two spellings of one address are one account. Null in the account of an API client. */
  @Column('text', { nullable: true })
  email!: string | null;

  /** When the user showed to read mail to the address; null if never. */
  @Column('timestamptz', { name: 'email_verified_at', nullable: true })
  emailVerifiedAt!: Date | null;

  /** A PHC string. Null in the account of an API client, and of a user who logs in with an outside provider only. */
  @Column('text', { name: 'password_hash', nullable: true })
  passwordHash!: string | null;

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

/** The account of a user, not of an API client. */
export type UserAccount = Account & { readonly email: string };

/** The account of a user who has a password. */
export type PasswordAccount = UserAccount & { readonly passwordHash: string };

export const isOfUser = (account: Account | null): account is UserAccount => typeof account?.email === 'string';

export const hasPassword = (account: Account | null): account is PasswordAccount => isOfUser(account) && account.passwordHash !== null;
