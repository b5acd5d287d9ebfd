import { parseArgs, type ParseArgsConfig } from 'node:util';
import { CliError, UsageError } from './cli-error.ts';

/** The options of a command for `parseArgs` of `node:util`, without `--help` and `-h`. */
type Options = NonNullable<ParseArgsConfig['options']>;

type Arguments<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

/** A command of this workspace. */
export interface Command<O extends Options> {
  /** The command line: `npm run pki`. */
  readonly name: string;
  /** The text that `--help` prints. */
  readonly help: string;
  readonly options?: O;
  /** The maximum number of positional arguments. Default: 0. */
  readonly words?: number;
  /** The names of further errors to print without a stack, like {@link CliError}. */
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
    process.exitCode = report(command, error);
  }
}

function read<O extends Options>({ options, words = 0 }: Command<O>, args: readonly string[]): Arguments<O> {
  const isHelp = (arg: string) => arg === '--help' || arg === '-h';
  // --help works with any other arguments.
  const accepted = args.some(isHelp) ? ['--help'] : dashedWordsLast(withNegatives(args));
  const parsed = parse(() => parseArgs({ args: [...accepted], options: { ...options, ...HELP }, allowPositionals: true }));
  const tooMany = parsed.positionals[words];
  if (tooMany !== undefined) throw new UsageError(`Unexpected argument: ${tooMany}.`);
  return parsed as Arguments<O>;
}

/** Joins `--reputation -1` to `--reputation=-1`, because Node parses `-1` as an option. */
const withNegatives = (args: readonly string[]) =>
  args.reduce<string[]>((joined, arg) => {
    const last = joined.at(-1) ?? '';
    return /^-\d/.test(arg) && /^--[^=]+$/.test(last) ? [...joined.slice(0, -1), `${last}=${arg}`] : [...joined, arg];
  }, []);

/** Moves words such as `-kQ3x` behind `--`, because Node parses them as options. No command has short options, and the id of a key can begin with a dash. */
function dashedWordsLast(args: readonly string[]): readonly string[] {
  const dashed = args.filter((arg) => /^-[^-]/.test(arg));
  return dashed.length === 0 || args.includes('--') ? args : [...args.filter((arg) => !dashed.includes(arg)), '--', ...dashed];
}

function parse<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { message } = error as Error;
    // Keep only the first sentence: Node adds instructions for passing an argument that starts with a dash.
    const [first = ''] = message.split(/\.\s/);
    throw new UsageError(`${first.replace(/\.$/, '')}.`, { cause: error });
  }
}

function report({ name, failures = [] }: Pick<Command<Options>, 'name' | 'failures'>, error: unknown): number {
  if (error instanceof UsageError) {
    const ask = name.startsWith('npm') ? `${name} -- --help` : `${name} --help`;
    process.stderr.write(`${error.message} Try ${ask}\n`);
    return 2;
  }
  const { name: kind, message, stack } = error as Error;
  process.stderr.write(`${error instanceof CliError || failures.includes(kind) ? message : (stack ?? message)}\n`);
  return 1;
}
