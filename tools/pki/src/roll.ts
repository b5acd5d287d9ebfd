import { CliError } from '@reputable/cli';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from './files.ts';
import { createGeneration, readGeneration, writeGeneration } from './generation.ts';
import type { Generation } from './generation.ts';

/**
 * How far a roll is, which `ca/next` holds: the next generation is `trusted` beside the one in use, it is `issuing` while the other is
 * still trusted, or it is `final` and about to be moved to where the other was.
 */
type Phase = 'trusted' | 'issuing' | 'final';

/** The generations of an authority: one, or two during a roll. */
export interface Generations {
  /** The one that signs new certificates. */
  readonly issuing: Generation;
  /** Those whose roots are trusted, the oldest first. */
  readonly trusted: readonly Generation[];
  /** How far the roll is, if there is one, and since when. */
  readonly roll: { readonly phase: Phase; readonly since: Date } | undefined;
}

/** Writes a new authority beside, then moves it into place: whatever dies when, it is there as a whole or not at all. */
export async function createGenerations(dir: string, home: string): Promise<void> {
  await createBeside(dir, '.ca-', home);
}

/** Reads the generations in a folder, and ends a roll that died while it was being ended. */
export async function readGenerations(home: string): Promise<Generations> {
  const next = join(home, 'next');
  if (!existsSync(next)) {
    const only = await readGeneration(home);
    return { issuing: only, trusted: [only], roll: undefined };
  }
  const heir = await readGeneration(next);
  const roll = { phase: await phaseIn(next), since: (await stat(join(next, 'phase'))).mtime };
  if (roll.phase === 'final') return { issuing: heir, trusted: [heir], roll };
  const old = await readGeneration(home);
  return { issuing: roll.phase === 'issuing' ? heir : old, trusted: [old, heir], roll };
}

/** Makes the next generation. */
export async function createNext(home: string): Promise<void> {
  await createBeside(home, '.next-', join(home, 'next'), 'trusted');
}

/** Says how far the roll is. */
export async function setPhase(home: string, phase: Phase): Promise<void> {
  await replaceFile(join(home, 'next', 'phase'), phase);
}

/** Puts the next generation in the place of the other, whose keys are gone from then on. */
export async function settle(home: string, heir: Generation): Promise<void> {
  await writeGeneration(home, heir);
  await rm(join(home, 'next'), { recursive: true });
}

async function createBeside(dir: string, prefix: string, home: string, phase?: Phase): Promise<void> {
  const draft = await mkdtemp(join(dir, prefix));
  try {
    await createGeneration(draft);
    if (phase) await replaceFile(join(draft, 'phase'), phase);
    await rename(draft, home);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function phaseIn(next: string): Promise<Phase> {
  const path = join(next, 'phase');
  const phase = await readFile(path, 'utf8').catch(() => '');
  if (phase === 'trusted' || phase === 'issuing' || phase === 'final') return phase;
  throw new CliError(`${path} does not say how far the roll is: trusted, issuing or final.`);
}
