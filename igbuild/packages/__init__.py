"""What a site is made of: the lock, its making and checking, and the verified files it names.

The functions that commands and the site call stand in `igbuild.packages.api`; import it inside a command
body. `Store()` opens the cache.

    lock_experiment(experiment, store, *, upgrade=False, upgrade_packages=(), exclude_newer=None,
                    offline=False, console=None) -> LockResult    .lock .path .changes .written .to_json()
    check_lock(experiment) -> Drift                               .current .lines
    locked(experiment, store, *, frozen=None, offline=False, console=None) -> Lock
                                        what `bundle` calls: reads, re-makes aloud, or raises LockOutOfDate
    runtime_files(lock, store, ...) -> dict[name, SiteFile]       .path .name .sha256 .size
    wheel_files(lock, store, experiment, ...) -> dict[package key, SiteFile]
    site_lock(lock) -> {info, packages}                           files named `SHA12/NAME`
    npm_folder(lock, "phaser", store, ...) -> Path                an unpacked package
    esbuild_executable(store, ...) -> Path
    cache_info(store) -> CacheInfo;  cache_clear(store) -> int
"""
