import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What the gateway keeps of a browser that is logged in. Nobody who reads the table can open it, or has the cookie. */
@Entity('browser_session')
export class BrowserSession {
  /** SHA-256 of the cookie's value. */
  @PrimaryColumn('bytea', { name: 'id_hash' })
  idHash!: Buffer;

  /** As it came from the gateway. */
  @Column('bytea')
  sealed!: Buffer;

  /** 1 at first, and one more with every change. */
  @Column('integer')
  version!: number;

  /** While somebody is about to change it: until when nobody else may. */
  @Column('timestamptz', { name: 'held_until', nullable: true })
  heldUntil!: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
