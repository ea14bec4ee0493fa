const { join, relative } = require("node:path");
const { default: Runtime } = require("jest-runtime");

const ROOT = join(__dirname, "../..");
/** Tests that start whole gateways, or commands. */
const TESTS_OF_THE_BUILD = ["test/contract/", "test/wire/", "test/process/"].map((folder) =>
  join(ROOT, folder),
);
const SOURCES = join(ROOT, "src/");
/** Tests of `npm test`: those of a file run one after the other. In some of the other suites several run at a time. */
const FREQUENT_TESTS = ["test/unit/", "test/contract/"].map((folder) => join(ROOT, folder));

/**
 * The test that runs, for jest, which asks whose an error is. The class of Node.js follows every promise of everything that runs
 * in the process, which before Node.js 24 took a tenth of the time of `npm test`. Right where one test of a file runs at a time.
 */
class RunningTest {
  #store;

  getStore() {
    return this.#store;
  }

  async run(store, work) {
    const before = this.#store;
    this.#store = store;
    try {
      return await work();
    } finally {
      // A test that has taken too long may end while a later one runs.
      if (this.#store === store) this.#store = before;
    }
  }
}

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
    const requireCore = this.coreModule.require.bind(this.coreModule);
    this.coreModule.require = (name) => {
      const loaded = requireCore(name);
      const isReplaced = name === "node:async_hooks" && this.isOf(FREQUENT_TESTS);
      return isReplaced ? { ...loaded, AsyncLocalStorage: RunningTest } : loaded;
    };
    // The names of a module of the build are those of the loaded module. Jest would look for the names of a CommonJS module.
    const { cjsExportsCache } = this;
    const getExportsOf = cjsExportsCache.getExportsOf.bind(cjsExportsCache);
    cjsExportsCache.getExportsOf = (from, path) =>
      this.isBuilt(path) ? new Set() : getExportsOf(from, path);
  }

  /** True for a test in one of some folders. */
  isOf(folders) {
    return folders.some((folder) => this._testPath?.startsWith(folder));
  }

  /** True for a module that is loaded from the build. */
  isBuilt(path) {
    return path.startsWith(SOURCES) && this.isOf(TESTS_OF_THE_BUILD);
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
