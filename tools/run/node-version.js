import module from 'node:module';

if (!module.registerHooks) {
  console.error(
    `Reputable needs Node 22.15 or later; this is ${process.version}. Run npm ci, which installs Node 24, then start the command with npm.`,
  );
  process.exit(1);
}
