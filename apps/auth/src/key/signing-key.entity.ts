import type { JWK } from 'jose';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A key pair that signs access tokens. It is published from before its first signature until after its last one. */
@Entity('signing_key')
export class SigningKey {
  /** The JWK thumbprint (RFC 7638). */
  @PrimaryColumn('text')
  kid!: string;

  @Column('jsonb', { name: 'public_jwk' })
  publicJwk!: JWK;

  /** The private JWK, encrypted; null in a retired key. */
  @Column('text', { name: 'private_jwe', nullable: true })
  privateJwe!: string | null;

  /** One key is `current` and signs; one is `next`, published in advance; the others are `retired`. */
  @Column('text')
  state!: 'next' | 'current' | 'retired';

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'activated_at', nullable: true })
  activatedAt!: Date | null;

  @Column('timestamptz', { name: 'retired_at', nullable: true })
  retiredAt!: Date | null;
}
