import { CliError } from '@reputable/cli';
import { Code } from '@reputable/errors';
import { styleText } from 'node:util';

const WHO = 8;
const WHAT = 58;

/** Facts about a decision, as in `{ score: 1 }`. */
export type Facts = Readonly<Record<string, string | number>>;

/** The error of an act that was refused: a `Refused` of the gateway, or a `DomainError` of a service. */
interface Refusal extends Error {
  /** A number of gRPC, or its name. */
  readonly code: string | number;
  readonly reason: string;
  readonly metadata: Facts;
}

const isRefusal = (error: unknown): error is Refusal => error instanceof Error && 'reason' in error;

/** Performs each step of a story and prints it: who tries what, the decision, and the reason. */
export class Narrator {
  /** The number of steps with the expected decision. */
  steps = 0;
  #chapters = 0;

  constructor(
    readonly print: (text: string) => void,
    readonly color: boolean,
  ) {}

  chapter(title: string): void {
    this.#chapters += 1;
    this.line('');
    this.line(this.#paint('bold', `${String(this.#chapters)}. ${title}`));
  }

  /** A fact that the reader needs. */
  note(text: string): void {
    this.line(this.#paint('dim', `   ${text}`));
  }

  /**
   * A step that must be allowed.
   *
   * @param expected the properties that its result must have
   * @throws {CliError} if it is refused, or its result differs
   */
  async allowed<T>(who: string, what: string, act: () => Promise<T>, expected: Facts = {}): Promise<T> {
    const result = await act().catch((error: unknown) => this.#deviate(who, what, `allowed ${list(expected)}`, error));
    const facts = Object.fromEntries(Object.keys(expected).map((name) => [name, (result as Facts)[name] ?? 'none']));
    this.#decision(who, what, 'allowed', list(facts));
    if (list(facts) !== list(expected)) this.#fail(who, what, `allowed ${list(expected)}`, `allowed ${list(facts)}`);
    this.steps += 1;
    return result;
  }

  /**
   * A step that must be refused.
   *
   * @param reason the reason that the refusal must have, or several of which it must have one
   * @param metadata the metadata that the refusal must have
   * @throws {CliError} if it is allowed, or refused for another reason
   */
  async refused(
    who: string,
    what: string,
    act: () => Promise<unknown>,
    reason: string | readonly string[],
    metadata: Facts = {},
  ): Promise<void> {
    const reasons = [reason].flat();
    const expected = `refused ${reasons.join(' or ')}${parenthesized(metadata)}`;
    const refusal = await act().then(
      () => this.#deviate(who, what, expected),
      (error: unknown) => (isRefusal(error) ? error : this.#deviate(who, what, expected, error)),
    );
    this.#decision(who, what, 'refused', '');
    const { code, message } = refusal;
    const actual = parenthesized(refusal.metadata);
    this.#indented(`${typeof code === 'number' ? Code[code] : code} ${refusal.reason}: ${message}${actual}`);
    const isExpected = reasons.includes(refusal.reason) && actual === parenthesized(metadata);
    if (!isExpected) this.#fail(who, what, expected, `refused ${refusal.reason}${actual}`);
    this.steps += 1;
  }

  line(text: string): void {
    this.print(`${text.trimEnd()}\n`);
  }

  #decision(who: string, what: string, decision: 'allowed' | 'refused', facts: string): void {
    const painted = this.#paint(decision === 'allowed' ? 'green' : 'yellow', decision);
    this.line(`   ${this.#paint('cyan', who.padEnd(WHO))} ${what.padEnd(WHAT)} ${painted}  ${facts}`);
  }

  /** An act that ended in the opposite way. */
  #deviate(who: string, what: string, expected: string, error?: unknown): never {
    if (error !== undefined && !isRefusal(error)) throw error as Error;
    this.#decision(who, what, error === undefined ? 'allowed' : 'refused', '');
    const actual = error === undefined ? 'allowed' : `refused ${error.reason}${parenthesized(error.metadata)}`;
    return this.#fail(who, what, expected, actual);
  }

  #fail(who: string, what: string, expected: string, actual: string): never {
    this.#indented(this.#paint('red', `expected: ${expected}`));
    this.#indented(this.#paint('red', `actual:   ${actual}`));
    throw new CliError(`${who} ${what}: expected ${expected}, got ${actual}.`);
  }

  #indented(text: string): void {
    this.line(`   ${' '.repeat(WHO)} ${this.#paint('dim', text)}`);
  }

  #paint(style: Parameters<typeof styleText>[0], text: string): string {
    return this.color ? styleText(style, text, { validateStream: false }) : text;
  }
}

const parenthesized = (facts: Facts) => (Object.keys(facts).length === 0 ? '' : ` (${list(facts)})`);

/** `required 15, actual 1`. */
const list = (facts: Facts) =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${String(value)}`)
    .sort()
    .reverse()
    .join(', ');
