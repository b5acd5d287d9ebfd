import module from 'node:module';

// The maps of packages that npm installs would take 15 MB of memory a process, and more time at the start.
module.setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
