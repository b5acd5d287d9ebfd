/**
 * A reporter for dependency-cruiser that prints each cycle in one line, and nothing if there is none. dependency-cruiser finds a cycle
 * once from each of its members.
 *
 * @param {import('dependency-cruiser').ICruiseResult} result
 */
export default function report({ summary: { violations, error } }) {
  const cycles = new Map(
    violations.map(({ rule, from, cycle = [] }) => {
      const members = [from, ...cycle.map(({ name }) => name)];
      return [[...new Set(members)].sort().join(), `${rule.name}: ${members.join(' → ')}\n`];
    }),
  );
  return { output: [...cycles.values()].sort().join(''), exitCode: Math.min(error, 1) };
}
