import module from 'node:module';

if (!module.registerHooks) {
  console.error(`Reputable needs Node 22.15 or later; this is ${process.version}. Run it with npm, which uses Node 24.`);
  process.exit(1);
}
