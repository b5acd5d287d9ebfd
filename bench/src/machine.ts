import { startPostgres } from '@reputable/postgres';
import { query } from '@reputable/testing';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import { figure } from './table.ts';

/** The names of the packages that a request passes. */
const PACKAGES = {
  NestJS: '@nestjs/core',
  'grpc-js': '@grpc/grpc-js',
  'protobuf-es': '@bufbuild/protobuf',
  Fastify: 'fastify',
  pg: 'pg',
};

/** The machine, the versions, the date and the commit of a measurement, as a Markdown list. */
export const describeMachine = async (): Promise<string> => `${await machineAndVersions()}\n- **Date**: ${await dateAndCommit()}`;

/** The machine and the versions, as a Markdown list. */
export async function machineAndVersions(): Promise<string> {
  const { dependencies } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const versions = Object.entries(PACKAGES).map(([name, id]) => `${name} ${dependencies[id] ?? ''}`);
  const [{ model } = { model: 'unknown' }] = cpus();
  return [
    `- **Machine**: ${model.trim()}, ${cpus().length} cores, ${figure(totalmem() / 2 ** 30)} GB of memory, ${type()} ${/^\d+\.\d+/.exec(release())?.[0] ?? ''}`,
    `- **Versions**: Node ${process.versions.node}, PostgreSQL ${await postgresVersion()}, ${versions.join(', ')}`,
  ].join('\n');
}

/** The date and the commit of a measurement, in Markdown. */
export async function dateAndCommit(): Promise<string> {
  const git = async (...args: string[]) => (await promisify(execFile)('git', args)).stdout.trim();
  // A benchmark that writes a page changes files, but not what the next one measures.
  const changed = await git('diff', '--name-only', 'HEAD', '--', ':(top)*.ts', ':(top)*.js', ':(top)package-lock.json');
  const commit = `${await git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : ' with changes'}`;
  return `${new Date().toISOString().slice(0, 10)}, commit \`${commit}\``;
}

async function postgresVersion(): Promise<string> {
  const postgres = await startPostgres({ fast: true });
  try {
    const [row] = await query<{ server_version: string }>(postgres.url, 'SHOW server_version');
    return row?.server_version ?? '';
  } finally {
    await postgres.stop();
  }
}
