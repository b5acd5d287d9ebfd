import { parseArgs, type ParseArgsConfig } from 'node:util';
import { CliError, UsageError } from './cli-error.ts';

/** The options of a command, as `parseArgs` of `node:util` takes them. `--help` and `-h` need not be among them. */
type Options = NonNullable<ParseArgsConfig['options']>;

type Arguments<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

/** A command of this workspace. */
export interface Command<O extends Options> {
  /** The words that people type: `npm run pki`. */
  readonly name: string;
  /** The text that `--help` prints. */
  readonly help: string;
  readonly options?: O;
  /** The number of words it takes beside its options; 0 unless given. */
  readonly words?: number;
  /** The names of other errors that a line explains, beside {@link CliError}. */
  readonly failures?: readonly string[];
  readonly run: (values: Arguments<O>['values'], words: readonly string[]) => Promise<void> | void;
}

const HELP = { help: { type: 'boolean', short: 'h' } } as const;

/**
 * Runs a command with the arguments of this process. Exit codes: 0 success; 1 failure; 2 wrong arguments. Prints a {@link CliError} as one
 * line on stderr, and any other error with its stack.
 */
export async function runCommand<O extends Options>(command: Command<O>, args: readonly string[] = process.argv.slice(2)): Promise<void> {
  try {
    const { values, positionals } = read(command, args);
    if ('help' in values && values.help === true) process.stdout.write(command.help);
    else await command.run(values, positionals);
  } catch (error) {
    process.exitCode = tell(command, error);
  }
}

function read<O extends Options>({ options, words = 0 }: Command<O>, args: readonly string[]): Arguments<O> {
  const isHelp = (arg: string) => arg === '--help' || arg === '-h';
  // --help works whatever the other arguments are.
  const told = args.some(isHelp) ? ['--help'] : withNegatives(args);
  const parsed = parse(() => parseArgs({ args: [...told], options: { ...options, ...HELP }, allowPositionals: true }));
  const tooMany = parsed.positionals[words];
  if (tooMany !== undefined) throw new UsageError(`Unexpected argument: ${tooMany}.`);
  return parsed as Arguments<O>;
}

/** `--reputation -1` means a number, where Node sees two options. */
const withNegatives = (args: readonly string[]) =>
  args.reduce<string[]>((told, arg) => {
    const last = told.at(-1) ?? '';
    return /^-\d/.test(arg) && /^--[^=]+$/.test(last) ? [...told.slice(0, -1), `${last}=${arg}`] : [...told, arg];
  }, []);

function parse<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { message } = error as Error;
    // Node explains at length how a word that looks like an option could be passed all the same.
    const [first = ''] = message.split(/\.\s/);
    throw new UsageError(`${first.replace(/\.$/, '')}.`, { cause: error });
  }
}

function tell({ name, failures = [] }: Pick<Command<Options>, 'name' | 'failures'>, error: unknown): number {
  if (error instanceof UsageError) {
    const ask = name.startsWith('npm') ? `${name} -- --help` : `${name} --help`;
    process.stderr.write(`${error.message} Try ${ask}\n`);
    return 2;
  }
  const { name: kind, message, stack } = error as Error;
  process.stderr.write(`${error instanceof CliError || failures.includes(kind) ? message : (stack ?? message)}\n`);
  return 1;
}
