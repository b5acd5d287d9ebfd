import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn } from 'typeorm';
import { Session } from '../session/session.entity.ts';

/** A personal access token. Its session has its account, name, expiry and last use, and revokes it. */
@Entity('personal_access_token')
export class PersonalAccessToken {
  /** Also the id of the session. */
  @PrimaryColumn('uuid')
  id!: string;

  @OneToOne(() => Session)
  @JoinColumn({ name: 'id' })
  session!: Session;

  /** The SHA-256 of the token. 256 random bits need no salt. */
  @Column('bytea')
  hash!: Buffer;

  /** The granted scopes, separated by spaces. */
  @Column('text')
  scope!: string;
}
