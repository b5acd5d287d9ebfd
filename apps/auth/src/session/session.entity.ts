import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Why a session ended before its time. */
export type EndReason = 'logged_out' | 'ended_by_user' | 'refresh_token_reused';

/** One log-in of an account. It lives until somebody ends it, or its time is up. */
@Entity('session')
export class Session {
  /** UUIDv7; the `sid` of its access tokens. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'account_id' })
  accountId!: string;

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
