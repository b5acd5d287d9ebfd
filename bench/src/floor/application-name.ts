/** The name that the floor's connections show to PostgreSQL. */
export const APPLICATION_NAME = 'floor';
