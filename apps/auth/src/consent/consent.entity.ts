import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A user's latest answers to an application's consent pages. They outlast the log-in. */
@Entity('consent')
export class Consent {
  /** UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  @Column('text', { name: 'client_id' })
  clientId!: string;

  /** The scopes that the user allowed. */
  @Column('text', { array: true })
  allowed!: string[];

  /** The scopes that the application requested and the user did not allow. */
  @Column('text', { array: true })
  rejected!: string[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
