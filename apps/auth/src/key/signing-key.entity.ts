import type { JWK } from 'jose';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A key pair for signing access tokens: published before it signs, and after. */
@Entity('signing_key')
export class SigningKey {
  /** The JWK thumbprint (RFC 7638). */
  @PrimaryColumn('text')
  kid!: string;

  @Column('jsonb', { name: 'public_jwk' })
  publicJwk!: JWK;

  /** The private JWK, encrypted; a retired key has none any more. */
  @Column('text', { name: 'private_jwe', nullable: true })
  privateJwe!: string | null;

  /** One is `current` and signs, one is `next` so that everybody knows it by the time it does, the others are `retired`. */
  @Column('text')
  state!: 'next' | 'current' | 'retired';

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'activated_at', nullable: true })
  activatedAt!: Date | null;

  @Column('timestamptz', { name: 'retired_at', nullable: true })
  retiredAt!: Date | null;
}
