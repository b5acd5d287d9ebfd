import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Why a session ended before its time. */
export type EndReason =
  | 'logged_out'
  | 'ended_by_user'
  | 'password_changed'
  | 'used_twice'
  | 'revoked'
  | 'client_removed'
  | 'logged_out_at_provider'
  | 'account_deleted';

/** The grant of a client for an account, since a log-in. It lasts until it is ended or expires. */
@Entity('session')
export class Session {
  /** UUIDv7. Also the `sid` of the JWTs and the id of the authorization server's grant. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  /** The OAuth client. */
  @Column('text', { name: 'client_id' })
  clientId!: string;

  /** The browser log-in at the authorization server with which it began. Sessions of several clients may share it. Null without a browser. */
  @Column('text', { name: 'login_uid', nullable: true })
  loginUid!: string | null;

  /** The name that the client gave the device. */
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
