// One request answered by the probe in Pyodide, in a browser's worker or in Node: every file verified first.

/**
 * What differs between a browser and Node.
 * @typedef {object} Host
 * @property {(path: string) => Promise<Uint8Array>} read the bytes of a file of the stage
 * @property {(path: string) => string} module the address by which a file of the stage is imported
 * @property {(path: string) => string} folder a folder of the stage, as `loadPyodide` takes it, with its final slash
 * @property {(text: string) => void} say hears what the environment prints
 */

/**
 * @typedef {object} Job
 * @property {Record<string, string>} files SHA-256 of every file of the stage, by path
 * @property {object} lock `{info, packages}` of the lock
 * @property {string[]} packages to install
 * @property {string} hashSeed PYTHONHASHSEED
 * @property {object} request for the probe
 */

/** Where the archives are unpacked; the study is the working directory, as on the page. */
const FOLDERS = { runtime: "/igbuild", study: "/study" };

/**
 * @param {Job} job
 * @param {Host} host
 * @returns {Promise<string>} the probe's answer, JSON
 * @throws {Error} a file was altered, or Python or a package could not be had
 */
export async function answer(job, host) {
  await Promise.all(Object.entries(job.files).map((file) => verify(file, host)));
  const { loadPyodide } = await import(host.module("pyodide/pyodide.mjs"));
  const py = await loadPyodide({
    indexURL: host.folder("pyodide/"),
    lockFileContents: job.lock,
    // Without it Pyodide would ask a public server for wheels it does not find.
    packageBaseUrl: host.folder("wheels/"),
    env: { HOME: FOLDERS.study, PYTHONPATH: Object.values(FOLDERS).join(":"), PYTHONHASHSEED: job.hashSeed },
    fsInit: async (/** @type {any} */ fs) => Object.values(FOLDERS).forEach((folder) => fs.mkdirTree(folder)),
    stdout: host.say,
    stderr: host.say,
  });
  await install(py, job.packages);
  for (const [target, folder] of Object.entries(FOLDERS)) {
    py.unpackArchive(await host.read(`python/${target}.zip`), "zip", { extractDir: folder });
  }
  return py.pyimport("igbuild.check.probe").answer(JSON.stringify(job.request));
}

/**
 * @param {[string, string]} file path and hash
 * @param {Host} host
 */
async function verify([path, sha256], host) {
  const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (await host.read(path));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const got = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (got !== sha256) throw new Error(`${path} has the SHA-256 ${got}, not ${sha256}`);
}

/**
 * @param {any} py
 * @param {string[]} packages
 */
async function install(py, packages) {
  /** @type {string[]} */
  const complaints = [];
  await py.loadPackage(packages, {
    messageCallback: () => {},
    errorCallback: (/** @type {string} */ text) => complaints.push(text),
  });
  // loadPackage resolves even when a package did not arrive.
  const absent = packages.filter((name) => !(name in py.loadedPackages));
  if (absent.length > 0) throw new Error(`could not install ${absent.join(", ")}: ${complaints.join(" ")}`);
}
