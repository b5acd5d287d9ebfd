import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A log-in with an outside OpenID provider that is linked to an account. */
@Entity('linked_log_in')
export class LinkedLogIn {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  /** The provider's issuer identifier. With {@link subject} it identifies the user at the provider (OpenID Connect Core §5.7). */
  @Column('text')
  issuer!: string;

  /** The provider's id of the user. */
  @Column('text')
  subject!: string;

  /** The address that the provider stated last. It is shown and identifies nobody. */
  @Column('text', { nullable: true })
  email!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;
}
