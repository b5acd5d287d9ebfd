import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Why a session ended before its time. */
export type EndReason = 'logged_out' | 'ended_by_user' | 'password_changed' | 'used_twice' | 'revoked' | 'client_removed';

/** What one client may do for an account since a log-in: its grant. It lives until somebody ends it, or its time is up. */
@Entity('session')
export class Session {
  /** UUIDv7; the `sid` of the tokens that services see, and the id of the authorization server's grant. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  /** The OAuth client. */
  @Column('text', { name: 'client_id' })
  clientId!: string;

  /** The log-in at the authorization server that it came of, which others may have come of too; null without a browser. */
  @Column('text', { name: 'login_uid', nullable: true })
  loginUid!: string | null;

  /** What the client called itself. */
  @Column('text')
  device!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'last_used_at' })
  lastUsedAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column('text', { name: 'end_reason', nullable: true })
  endReason!: EndReason | null;
}
