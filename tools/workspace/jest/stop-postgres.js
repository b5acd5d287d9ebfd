/** Stops the services that specs shared in this process, if Jest runs without workers, and the server that start-postgres.js started. */
export default async () => {
  await globalThis.sharedTestWorld?.end();
  await globalThis.testPostgres?.stop({ force: true });
};
