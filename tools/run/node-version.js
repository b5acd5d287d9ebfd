import tls from 'node:tls';

// The newest function that the code needs.
if (!tls.setDefaultCACertificates) {
  console.error(
    `Reputable needs Node 22.19 or later; this is ${process.version}. Run npm ci, which installs Node 24, then start the command with npm.`,
  );
  process.exit(1);
}
