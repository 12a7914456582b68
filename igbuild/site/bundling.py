"""From templates to the files of `app/` and the page: render, check, bundle, in a folder of its own."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from igbuild import __version__
from igbuild.site import syntax
from igbuild.site.esbuild import BundleFailed, Finding, bundle, diagnose
from igbuild.site.plan import Content
from igbuild.site.render import Rendered, RenderError, render_module, render_page
from igbuild.site.templates import PAGE, PREFLIGHT, STYLE, TIMER, WORKER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path, PurePosixPath

    from igbuild.config import ExperimentConfig
    from igbuild.site.plan import SitePlan
    from igbuild.site.templates import Templates

OUT = "app"


@dataclass(frozen=True)
class Bundler:
    """What bundling needs besides the plan.

    Attributes:
        executable: esbuild.
        stage: an empty folder to work in.
        packages: verified folders of npm packages, by the name they are imported as.
    """

    executable: Path
    stage: Path
    packages: Mapping[str, Path]

    def make(self, plan: SitePlan, templates: Templates, config: ExperimentConfig) -> dict[str, Content]:
        """Return `index.html` and everything in `app/`, by URL.

        Raises:
            RenderError: a template is broken; the message begins with its `file:line`.
        """
        rendered = self._render(plan, templates)
        self._check(rendered.values())
        self._stage(rendered, templates)
        try:
            page = self._bundle(templates, config)
        except BundleFailed as error:
            raise _located(error, rendered, templates) from error
        values = {**page, "title": config.experiment.title, "igbuild": __version__, "site_id": plan.site_id}
        html = render_page(templates.files[PAGE], plan.flags, values)
        app = self.stage / OUT
        made = {
            path.relative_to(self.stage).as_posix(): Content.of(path.read_bytes())
            for path in sorted(app.rglob("*"))
            if path.is_file()
        }
        return {**made, "index.html": Content.of(html.encode())}

    def _render(self, plan: SitePlan, templates: Templates) -> dict[str, Rendered]:
        values = {"site": plan.site}
        return {
            name: render_module(path, plan.flags, values)
            for name, path in sorted(templates.modules().items())
        }

    def _check(self, modules: object) -> None:
        for module in syntax.rejected(modules):  # type: ignore[arg-type]
            findings = diagnose(self.executable, module.text)
            found = findings[0] if findings else Finding("is not valid JavaScript", None, 1, 1)
            raise RenderError(found.message, module.source, module.line(found.line), found.column)

    def _stage(self, rendered: Mapping[str, Rendered], templates: Templates) -> None:
        for name, module in rendered.items():
            _write(self.stage / name, module.text)
        _write(self.stage / STYLE, templates.files[STYLE].read_text(encoding="utf-8"))
        # The nearest package.json decides how esbuild reads modules; without this one it is a stranger's.
        _write(self.stage / "package.json", '{"type": "module", "private": true}\n')
        for name, folder in self.packages.items():
            place = self.stage / "node_modules" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                place.symlink_to(folder, target_is_directory=True)
            except OSError:  # Windows without the right to make links
                shutil.copytree(folder, place)

    def _bundle(self, templates: Templates, config: ExperimentConfig) -> dict[str, str]:
        options = {"minify": config.bundle.minify, "source_maps": config.bundle.source_maps}

        def run(entries: list[str], **more: object) -> Mapping[str, PurePosixPath]:
            return bundle(self.executable, self.stage, entries, out=OUT, **options, **more).entries  # type: ignore[arg-type]

        parts = run([WORKER, TIMER, STYLE])
        classic = run([PREFLIGHT], form="iife")
        names = {"IGBUILD_WORKER_URL": parts[WORKER], "IGBUILD_TIMER_URL": parts[TIMER]}
        define = {name: f"{OUT}/{file}" for name, file in names.items()}
        main = run([templates.main], splitting=True, eager=True, define=define)
        return {
            "main": f"{OUT}/{main[templates.main]}",
            "style": f"{OUT}/{parts[STYLE]}",
            "preflight": f"{OUT}/{classic[PREFLIGHT]}",
        }


def _located(error: BundleFailed, rendered: Mapping[str, Rendered], templates: Templates) -> Exception:
    """Turn esbuild's findings, which name staged files, into an error that names the template."""
    first = error.findings[0]
    if first.file is None or first.file not in templates.files:
        return error
    line = rendered[first.file].line(first.line) if first.file in rendered else first.line
    return RenderError(first.message, templates.files[first.file], line, first.column)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
