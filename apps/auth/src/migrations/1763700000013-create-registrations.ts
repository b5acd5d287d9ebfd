import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the table of registrations that wait for the confirmation of their address. Their accounts begin with it. */
export class CreateRegistrations1763700000013 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE registration (
        id uuid PRIMARY KEY,
        email text NOT NULL,
        password_hash text NOT NULL,
        display_name text NOT NULL,
        token_hash bytea UNIQUE CHECK (octet_length(token_hash) = 32),
        expires_at timestamptz NOT NULL
      )`);
    await queryRunner.query('CREATE INDEX registration_email ON registration (email)');
    await queryRunner.query('CREATE INDEX registration_expires ON registration (expires_at)');
    await queryRunner.query('ALTER TABLE account DROP COLUMN recovered_at');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE account ADD COLUMN recovered_at timestamptz');
    await queryRunner.query('DROP TABLE registration');
  }
}
