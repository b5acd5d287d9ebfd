import { asEpochMs } from '@reputable/database';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A user's profile. */
@Entity('profile')
export class Profile {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'display_name' })
  displayName!: string;

  @Column('text', { array: true })
  roles!: string[];

  /** The sum of the user's reputation events; see {@link reputationOf}. */
  @Column('int', { name: 'reputation_sum' })
  reputationSum!: number;

  @Column('timestamptz', { name: 'suspended_at', nullable: true })
  suspendedAt!: Date | null;

  @Column('text', { name: 'suspension_reason', nullable: true })
  suspensionReason!: string | null;

  /** In milliseconds since the epoch. */
  @Column('timestamptz', { name: 'created_at', transformer: asEpochMs })
  createdAt!: number;

  get suspended(): boolean {
    return this.suspendedAt !== null;
  }
}

/** The public part of a profile. */
export type PublicProfile = Pick<Profile, 'id' | 'displayName' | 'reputationSum' | 'roles' | 'createdAt' | 'suspended'>;

/** A user's reputation: at least 1. */
export const reputationOf = ({ reputationSum }: Pick<Profile, 'reputationSum'>) => Math.max(1, 1 + reputationSum);
