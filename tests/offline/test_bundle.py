"""bundle.py: modules become one script, or the build fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.offline.bundle import Bundle


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return folder


def test_a_module_stands_before_those_that_import_it_and_once(tmp_path: Path) -> None:
    """Though two import it."""
    write(
        tmp_path,
        page='import { one as first } from "./one.js";\n'
        'import { two } from "./two.js";\nfirst(two);\n',
        one="export function one() {}\n",
        two='import { one } from "./one.js";\nexport const two = one;\n',
    )
    script = Bundle.of(tmp_path, "page.js")
    assert script.count("function one()") == 1
    assert (
        script.index("function one()") < script.index("const two = one;") < script.index("first(")
    )
    assert "const { one: first } = module_0;" in script
    assert "import" not in script
    assert "export" not in script


@pytest.mark.parametrize(
    "text",
    [
        'import everything from "./one.js";\n',
        'import * as one from "./one.js";\n',
        "export default 1;\n",
        "export { one };\n",
        "export let one = 1;\n",
    ],
)
def test_a_form_that_is_not_known_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path, one="export const one = 1;\n", page=text)
    with pytest.raises(ValueError, match=r"page\.js imports or exports in a way"):
        Bundle.of(tmp_path, "page.js")
