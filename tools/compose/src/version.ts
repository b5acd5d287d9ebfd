/** The oldest that can wait for a step to end. */
const OLDEST = [1, 29] as const;

/** Whether this is a docker-compose that understands our file: `1.29.2`, `v2.24.5`, `2.30.0-desktop.1`. */
export function isNewEnough(version: string): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1]);
}
