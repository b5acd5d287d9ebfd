import { CREATE_VOTE_COUNT } from '@reputable/reputation';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the table for the number of votes of each user in a minute. */
export class CreateVoteCounts1763700000032 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(CREATE_VOTE_COUNT);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE vote_count');
  }
}
