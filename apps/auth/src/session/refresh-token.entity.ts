import { createHash, randomBytes } from 'node:crypto';
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Session } from './session.entity.ts';

/** A refresh token that was issued, used or not: the used ones are kept as long as their session, to know them again. */
@Entity('refresh_token')
export class RefreshToken {
  /** See {@link hashOf}: who reads the table cannot refresh. */
  @PrimaryColumn('bytea')
  hash!: Buffer;

  @Column('uuid', { name: 'session_id' })
  sessionId!: string;

  @ManyToOne(() => Session)
  @JoinColumn({ name: 'session_id' })
  session!: Relation<Session>;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  @Column('timestamptz', { name: 'consumed_at', nullable: true })
  consumedAt!: Date | null;
}

/** A new refresh token: 256 random bits. */
export const newRefreshToken = () => randomBytes(32).toString('base64url');

/** SHA-256 of the token as it is written: a second spelling of the same bytes is another token. No salt: there is nothing to guess. */
export const hashOf = (token: string) => createHash('sha256').update(token).digest();
