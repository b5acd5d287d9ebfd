import { asEpochMs } from '@reputable/database';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A change of a user's reputation, or the undoing of one. */
@Entity('reputation_event')
export class ReputationEvent {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  /** The name of the contract's ReputationKind. */
  @Column('text')
  kind!: string;

  @Column('boolean')
  undone!: boolean;

  @Column('uuid', { name: 'subject_id' })
  subjectId!: string;

  @Column('int')
  delta!: number;

  /** In milliseconds since the epoch. */
  @Column('timestamptz', { name: 'occurred_at', transformer: asEpochMs })
  occurredAt!: number;
}
