/** Stops the server that start-postgres.js started. */
export default async () => {
  await globalThis.testPostgres?.stop({ force: true });
};
