const { join, relative } = require("node:path");
const { default: Runtime } = require("jest-runtime");

const ROOT = join(__dirname, "../..");
/** Tests that start whole gateways, or commands. */
const TESTS_OF_THE_BUILD = ["test/contract/", "test/wire/", "test/process/"].map((folder) =>
  join(ROOT, folder),
);
const SOURCES = join(ROOT, "src/");

/**
 * Loads libraries with the loader of Node.js, once in each worker: jest compiles them again for each file of tests, which took a
 * third of the time of `npm test`. Tests that start whole gateways get the project's own modules so, too, from the build:
 * once for all files of a worker. For unit tests they are new in each file.
 */
module.exports = class extends Runtime {
  constructor(...options) {
    super(...options);
    // Libraries test whether something is a Date, which would be that of the test's own realm.
    this._environment.global.Date = Date;
    // The names of a module of the build are those of the loaded module. Jest would look for the names of a CommonJS module.
    const { cjsExportsCache } = this;
    const getExportsOf = cjsExportsCache.getExportsOf.bind(cjsExportsCache);
    cjsExportsCache.getExportsOf = (from, path) =>
      this.isBuilt(path) ? new Set() : getExportsOf(from, path);
  }

  /** True for a module that is loaded from the build. */
  isBuilt(path) {
    return (
      path.startsWith(SOURCES) && TESTS_OF_THE_BUILD.some((folder) => this._testPath?.startsWith(folder))
    );
  }

  unstable_shouldLoadAsEsm(path) {
    return !this.isBuilt(path) && super.unstable_shouldLoadAsEsm(path);
  }

  requireModuleOrMock(from, moduleName) {
    if (this.isBuilt(moduleName))
      return require(join(ROOT, "dist", relative(SOURCES, moduleName).replace(/\.ts$/, ".js")));
    const isLibrary = moduleName.includes("/node_modules/") && !from.includes("/node_modules/");
    return isLibrary ? require(moduleName) : super.requireModuleOrMock(from, moduleName);
  }
};
