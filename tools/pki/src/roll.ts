import { CliError } from '@reputable/cli';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from './files.ts';
import { createGeneration, type Generation, readGeneration, writeGeneration } from './generation.ts';

/**
 * The phase of a roll, which `ca/next` holds. `trusted`: services trust both generations, and the old one issues. `issuing`: services trust
 * both, and the new one issues. `final`: the new generation is about to replace the old one.
 */
type Phase = 'trusted' | 'issuing' | 'final';

/** The generations of an authority: one, or two during a roll. */
export interface Generations {
  /** The generation that signs new certificates. */
  readonly issuing: Generation;
  /** The generations whose roots are trusted, oldest first. */
  readonly trusted: readonly Generation[];
  /** The phase of the roll, if there is one, and its start. */
  readonly roll: { readonly phase: Phase; readonly since: Date } | undefined;
}

/** Writes a new authority to a temporary folder and renames that: a killed process leaves all of it or nothing. */
export async function createGenerations(dir: string, home: string): Promise<void> {
  await createBeside(dir, '.ca-', home);
}

/** Reads the generations in a folder. */
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

/** Creates the next generation. */
export async function createNext(home: string): Promise<void> {
  await createBeside(home, '.next-', join(home, 'next'), 'trusted');
}

/** Saves the phase of the roll. */
export async function setPhase(home: string, phase: Phase): Promise<void> {
  await replaceFile(join(home, 'next', 'phase'), phase);
}

/** Replaces the old generation by the next one, and deletes the old keys. */
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
  throw new CliError(`${path} holds no phase of a roll: trusted, issuing or final.`);
}
