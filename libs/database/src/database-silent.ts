/** The server has stopped answering. The code is Node's for a connection that was given up. */
export class DatabaseSilent extends Error {
  readonly code = 'ETIMEDOUT';

  constructor() {
    super('the database does not answer');
    this.name = 'DatabaseSilent';
  }
}
