"""What a site is made of: the lock, its making and checking, and the verified files it names.

The public functions stand in `igbuild.packages.api` (import it inside a command body: it is not free):

    lock_experiment(experiment, store, *, upgrade=False, upgrade_packages=(), exclude_newer=None,
                    offline=False, console=None) -> LockResult      .lock .path .changes .written
    check_lock(experiment) -> Drift                                 .current: bool, .lines: list[str]
    locked(experiment, store, *, frozen=False, offline=False, console=None) -> Lock
                                                     what `bundle` calls: reads, re-makes or raises LockOutOfDate
    runtime_files(lock, store) -> dict[str, RuntimeFile]            name -> .path .sha256 .size
    wheel_files(lock, store, *, base=None, offline=False, progress=None) -> dict[str, WheelFile]
                                                     package key -> .path .name .sha256 .size (verified)
    site_lock(lock) -> dict[str, Any]                               {info, packages} for `WorkerInit.pyodide.lock`
    npm_folder(lock, "phaser", store) -> Path                       verified, unpacked package folder
    esbuild_executable(store, *, explicit=None, console=None) -> Path
    cache_info(store) -> CacheInfo;  cache_clear(store) -> int      bytes freed

`Store()` (igbuild.packages.cache) opens the cache; `read_lock(path) -> Lock` stands in igbuild.packages.lock.
"""
