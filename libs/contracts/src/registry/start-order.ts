import type { Service } from './services.ts';

/**
 * The names of the services in start groups. Services call only services of earlier groups, so each group can start in parallel.
 *
 * @throws {Error} that names a cycle of calls
 */
export function startOrder<S extends Service>(services: readonly S[]): readonly (readonly S['name'][])[] {
  const groups: S['name'][][] = [];
  let waiting = services;
  while (waiting.length > 0) {
    const isWaiting = (name: string) => waiting.some((each) => each.name === name);
    const group = waiting.filter(({ calls }) => !calls.some(isWaiting));
    if (group.length === 0)
      throw new Error(`services call each other in a cycle: ${cycleIn(waiting).join(' → ')}. Remove one of these calls.`);
    groups.push(group.map(({ name }) => name));
    waiting = waiting.filter((each) => !group.includes(each));
  }
  return groups;
}

/** A cycle among services that each call another one of them. */
function cycleIn(services: readonly Service[]): readonly string[] {
  const path: string[] = [];
  let next = services[0]?.name ?? '';
  while (!path.includes(next)) {
    path.push(next);
    const calls = services.find(({ name }) => name === next)?.calls ?? [];
    next = calls.find((callee) => services.some(({ name }) => name === callee)) ?? '';
  }
  return [...path.slice(path.indexOf(next)), next];
}
