/**
 * A reporter for dependency-cruiser that prints each violation in one line, and nothing if there is none. dependency-cruiser finds a cycle
 * once from each of its members; the reporter prints it once.
 *
 * @param {import('dependency-cruiser').ICruiseResult} result
 */
export default function report({ summary: { violations, error } }) {
  const lines = new Map(
    violations.map(({ rule, from, to, cycle = [{ name: to }] }) => {
      const members = [from, ...cycle.map(({ name }) => name)];
      return [[...new Set(members)].sort().join(), `${rule.name}: ${members.join(' → ')}\n`];
    }),
  );
  return { output: [...lines.values()].sort().join(''), exitCode: Math.min(error, 1) };
}
