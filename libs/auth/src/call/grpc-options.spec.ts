import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVER_OPTIONS } from '../secured-grpc.ts';
import { channelOptions } from './client.ts';
import { contractOf } from './echo.fixture.ts';

const grpc = dirname(fileURLToPath(import.meta.resolve('@grpc/grpc-js')));
/** Without the list of known options, which has some that nothing reads. */
const source = globSync('*.js', { cwd: grpc, exclude: ['channel-options.js'] })
  .map((file) => readFileSync(join(grpc, file), 'utf8'))
  .join('\n');

/** How grpc-js reads an option, and not only names it. */
const reads = (option: string) =>
  source.includes(`options['${option}']`) || source.includes(`Options['${option}']`) || source.includes(`options["${option}"]`);

describe('grpc-js reads', () => {
  it.each([...Object.keys(SERVER_OPTIONS), ...Object.keys(channelOptions(contractOf('Empty', {})))])('%s', (option) => {
    expect(reads(option)).toBe(true);
  });

  it('not all options of gRPC', () => {
    expect(reads('grpc.max_metadata_size')).toBe(false);
  });
});
