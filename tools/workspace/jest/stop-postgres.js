/** Stops what start-postgres.js started. */
export default async () => {
  await globalThis.testPostgres?.stop({ force: true });
};
