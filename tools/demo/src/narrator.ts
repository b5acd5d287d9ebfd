import { CliError } from '@reputable/cli';
import { styleText } from 'node:util';
import { list, matches } from './outcome.ts';
import type { Expected, Facts, Outcome } from './outcome.ts';

const WHO = 8;
const WHAT = 58;

type Act<T> = () => Promise<Outcome<T>>;

/** Has each step of a story happen, and prints it: who tries what, what is decided, and why. */
export class Narrator {
  /** How many steps went as they must. */
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

  /** Something that the reader should know, and that nobody decides. */
  note(text: string): void {
    this.line(this.#paint('dim', `   ${text}`));
  }

  /**
   * A step that must be allowed.
   *
   * @returns what the story goes on with
   * @throws {CliError}
   */
  async allowed<T>(who: string, what: string, act: Act<T>, facts: Facts = {}): Promise<T> {
    const actual = await this.#step(who, what, act, { decision: 'allowed', facts });
    return (actual as { value: T }).value;
  }

  /**
   * A step that must be refused, for this reason and with this missing.
   *
   * @throws {CliError}
   */
  async refused(who: string, what: string, act: Act<unknown>, reason: string, metadata: Facts = {}): Promise<void> {
    await this.#step(who, what, act, { decision: 'refused', reason, metadata });
  }

  line(text: string): void {
    this.print(`${text.trimEnd()}\n`);
  }

  async #step<T>(who: string, what: string, act: Act<T>, expected: Expected): Promise<Outcome<T>> {
    const actual = await act();
    const { decision } = actual;
    const shown = this.#paint(decision === 'allowed' ? 'green' : 'yellow', decision);
    const facts = actual.decision === 'allowed' ? list(actual.facts) : '';
    this.line(`   ${this.#paint('cyan', who.padEnd(WHO))} ${what.padEnd(WHAT)} ${shown}  ${facts}`);
    if (actual.decision === 'refused') this.#because(`${actual.code} ${actual.reason}: ${actual.message}${missing(actual.metadata)}`);
    if (!matches(expected, actual)) {
      this.#because(this.#paint('red', `expected: ${tell(expected)}`));
      this.#because(this.#paint('red', `actual:   ${tell(actual)}`));
      throw new CliError(`${who} ${what}: this did not go as it must.`);
    }
    this.steps += 1;
    return actual;
  }

  #because(text: string): void {
    this.line(`   ${' '.repeat(WHO)} ${this.#paint('dim', text)}`);
  }

  #paint(style: Parameters<typeof styleText>[0], text: string): string {
    return this.color ? styleText(style, text, { validateStream: false }) : text;
  }
}

const missing = (metadata: Facts) => (Object.keys(metadata).length === 0 ? '' : ` (${list(metadata)})`);

function tell(outcome: Expected): string {
  if (outcome.decision === 'allowed') return ['allowed', list(outcome.facts)].join(' ').trim();
  return `refused ${outcome.reason}${missing(outcome.metadata)}`;
}
