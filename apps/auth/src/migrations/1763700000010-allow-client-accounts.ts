import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Allows accounts without an e-mail address and a password: those of API clients. */
export class AllowClientAccounts1763700000010 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE account
        ALTER COLUMN email DROP NOT NULL,
        ALTER COLUMN password_hash DROP NOT NULL,
        ADD CONSTRAINT account_credentials_check CHECK ((email IS NULL) = (password_hash IS NULL))`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DELETE FROM account WHERE email IS NULL');
    await queryRunner.query(`
      ALTER TABLE account
        DROP CONSTRAINT account_credentials_check,
        ALTER COLUMN email SET NOT NULL,
        ALTER COLUMN password_hash SET NOT NULL`);
  }
}
