import { query } from '@reputable/postgres';
import { execFileSync } from 'node:child_process';

/** The processes of a PostgreSQL server on this machine. */
export class PostgresProcesses {
  #stalled: readonly number[] = [];

  /** @param postmaster the id of the server's first process, the parent of the others */
  constructor(readonly postmaster: number) {}

  /** The processes of the server to which some program, beside this one, has a connection with this URL. */
  static async of(databaseUrl: string): Promise<PostgresProcesses> {
    const sql = 'SELECT pid FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid() LIMIT 1';
    const [connection] = await query<{ pid: number }>(databaseUrl, sql);
    if (!connection) throw new Error('No program is connected to the database.');
    return new PostgresProcesses(Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(connection.pid)], { encoding: 'utf8' })));
  }

  /** Stops all processes by SIGSTOP: the server keeps its connections, and answers nothing. */
  stall(): void {
    process.kill(this.postmaster, 'SIGSTOP');
    this.#stalled = [this.postmaster, ...this.#children()];
    for (const pid of this.#stalled) process.kill(pid, 'SIGSTOP');
  }

  /** Continues a stalled server. */
  resume(): void {
    for (const pid of this.#stalled) process.kill(pid, 'SIGCONT');
    this.#stalled = [];
  }

  /** Kills one process. The server then ends all the others, with their connections and shared memory, and starts from its log. */
  crash(): void {
    const [child] = this.#children();
    if (child === undefined) throw new Error('The PostgreSQL server has no processes but its first.');
    process.kill(child, 'SIGKILL');
  }

  #children(): number[] {
    try {
      return execFileSync('pgrep', ['-P', String(this.postmaster)], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map(Number);
    } catch (error) {
      // Without a child, pgrep ends with 1.
      if ((error as { status?: number }).status === 1) return [];
      throw error;
    }
  }
}
