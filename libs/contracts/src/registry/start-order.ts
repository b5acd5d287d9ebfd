import type { Service } from './services.ts';

/**
 * The names of the services in groups: each service calls services of earlier groups only, so that a group can start at once.
 *
 * @throws {Error} in one line that names a circle of calls
 */
export function startOrder<S extends Service>(services: readonly S[]): readonly (readonly S['name'][])[] {
  const groups: S['name'][][] = [];
  let waiting = services;
  while (waiting.length > 0) {
    const isWaiting = (name: string) => waiting.some((each) => each.name === name);
    const group = waiting.filter(({ calls }) => !calls.some(isWaiting));
    if (group.length === 0)
      throw new Error(`services call each other in a circle: ${circleIn(waiting).join(' → ')}. Remove one of these calls.`);
    groups.push(group.map(({ name }) => name));
    waiting = waiting.filter((each) => !group.includes(each));
  }
  return groups;
}

/** Follows calls among services of which each calls another one, until a name comes again. */
function circleIn(services: readonly Service[]): readonly string[] {
  const path: string[] = [];
  let next = services[0]?.name ?? '';
  while (!path.includes(next)) {
    path.push(next);
    const calls = services.find(({ name }) => name === next)?.calls ?? [];
    next = calls.find((callee) => services.some(({ name }) => name === callee)) ?? '';
  }
  return [...path.slice(path.indexOf(next)), next];
}
