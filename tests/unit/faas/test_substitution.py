"""Variables in a stack file, case by case."""

from __future__ import annotations

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._faas.substitution import substitute

VARIABLES = {"A": "one", "EMPTY": "", "NESTED": "${A}"}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain $A $ {A} } text", "plain $A $ {A} } text"),
        ("${A}${A}", "oneone"),
        ("${A:-x}${A-x}${A:=x}${A=x}", "oneoneoneone"),
        ("${EMPTY:-x}|${EMPTY-x}|${EMPTY:=x}|${EMPTY=x}", "x||x|"),
        ("${NONE:-x}${NONE-x}${NONE:=x}${NONE=x}", "xxxx"),
        ("${NONE:-}", ""),
        ("${NONE:-with: {brace}", "with: {brace"),
        ("${NONE:-a${A}b}c", "aonebc"),
        ("${NONE:-${NONE:-${A}}}", "one"),
        ("${A:-${NONE}}", "one"),
        ("$${A} $${NONE}", "${A} ${NONE}"),
        ("${NONE:-$${A}}", "${A}"),
        ("${NESTED}", "${A}"),
        ("# ${NONE}\n  # ${NONE\n${A} # ${A}", "# ${NONE}\n  # ${NONE\none # one"),
    ],
)
def test_a_text_is_substituted(text: str, result: str) -> None:
    assert substitute(text, VARIABLES, str) == result


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n\n${NONE}", "3: the variable NONE is not set"),
        ("a\n${EMPTY:-${NONE}}", "2: the variable NONE is not set"),
        ("${NONE:-${A:-${B}}${B}}", "1: the variable B is not set"),
        ("${NONE:-\n}", "1: a variable's closing brace is missing"),
        ("${A:-${B:-x}", "1: a variable's closing brace is missing"),
        ("${#A}", "1: this use of a variable is not supported"),
        ("${A^^}", "1: this use of a variable is not supported"),
        ("${A:1}", "1: this use of a variable is not supported"),
        ("${}", "1: this use of a variable is not supported"),
    ],
)
def test_what_cannot_be_substituted_names_its_line(text: str, message: str) -> None:
    with pytest.raises(MeshError, match="^" + message.replace("(", r"\(")):
        substitute(text, VARIABLES, str)
