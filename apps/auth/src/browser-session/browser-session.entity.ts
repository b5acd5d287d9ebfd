import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The gateway's session of a browser, sealed. The table reveals neither its content nor the cookie. */
@Entity('browser_session')
export class BrowserSession {
  /** SHA-256 of the cookie's value. */
  @PrimaryColumn('bytea', { name: 'id_hash' })
  idHash!: Buffer;

  /** The content, encrypted by the gateway. */
  @Column('bytea')
  sealed!: Buffer;

  /** 1 at first; each change adds 1. */
  @Column('integer')
  version!: number;

  /** While a gateway holds the session to change it: when the hold expires. */
  @Column('timestamptz', { name: 'held_until', nullable: true })
  heldUntil!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
