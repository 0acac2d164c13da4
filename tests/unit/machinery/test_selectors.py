import pytest
from hypothesis import given
from hypothesis import strategies as st

from minik8s.api.meta_v1 import LabelSelector, LabelSelectorRequirement
from minik8s.machinery.selectors import (
    EVERYTHING,
    FieldSelector,
    SelectorError,
    from_label_selector,
    from_labels,
    parse_field_selector,
    parse_label_selector,
)

LABELS = {"app": "web", "tier": "front", "n": "5", "empty": "", "in": "x"}


@pytest.mark.parametrize(
    ("text", "taken", "written"),
    [
        ("", True, ""), ("app=web", True, "app=web"), ("tier, app==web", True, "app==web,tier"),
        ("app!=web", False, "app!=web"), ("none!=x", True, "none!=x"), ("app in (web, db)", True, "app in (db,web)"),
        ("app notin (web)", False, "app notin (web)"), ("!app", False, "!app"), ("!other", True, "!other"),
        ("n>3", True, "n>3"), ("n<3", False, "n<3"), ("app>3", False, "app>3"), ("empty=", True, "empty="),
        ("in in (x)", True, "in in (x)"), ("app in (,web)", True, "app in (,web)"),
        ("empty in ()", True, "empty in ()"),
        ("app=web,", True, ""),
    ],
)  # fmt: skip
def test_label_selectors(text: str, taken: bool, written: str) -> None:
    if text.endswith(","):
        with pytest.raises(SelectorError, match="expected: identifier after ','"):
            parse_label_selector(text)
        return
    selector = parse_label_selector(text)
    assert selector.matches(LABELS) is taken
    assert str(selector) == written
    assert parse_label_selector(written) == selector
    assert hash(parse_label_selector(written)) == hash(selector)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a===b", "unable to parse requirement: found '=', expected: identifier"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a notin", "unable to parse requirement: found '' expected: '('"),
        (
            "a=b$c",
            'unable to parse requirement: values[0][a]: Invalid value: "b$c": a valid label must be an empty string or '
            "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
            "character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
            "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ),
        (
            "-a=b",
            'unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of alphanumeric '
            "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or "
            "'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        ),
        (
            "a>b",
            "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must "
            "be an integer",
        ),
        (")", "found ')', expected: !, identifier, or 'end of string'"),
        ("a=b)", "found ')', expected: ',' or 'end of string'"),
    ],
)
def test_a_bad_label_selector_is_refused_in_kubernetes_words(text: str, message: str) -> None:
    with pytest.raises(SelectorError) as caught:
        parse_label_selector(text)
    assert str(caught.value) == message


@given(st.text(alphabet="abin ot=!(),><\t\0é", max_size=20))
def test_no_text_breaks_the_parsers(text: str) -> None:
    for parse in (parse_label_selector, parse_field_selector):
        try:
            assert parse(str(parse(text))) == parse(text)
        except SelectorError as error:
            assert str(error)


def test_the_selector_of_a_spec() -> None:
    assert not from_label_selector(None).matches({"a": "b"})
    assert not from_label_selector(None).matches({})
    assert from_label_selector(LabelSelector()) is EVERYTHING
    wanted = from_label_selector(
        LabelSelector(
            match_labels={"a": "b"}, match_expressions=[LabelSelectorRequirement(key="c", operator="DoesNotExist")]
        )
    )
    assert wanted.matches({"a": "b"})
    assert not wanted.matches({"a": "b", "c": ""})
    assert not wanted.matches(None)
    assert wanted.required("a") == "b"
    assert from_labels({"a": "b"}) == from_label_selector(LabelSelector(match_labels={"a": "b"}))
    bad = LabelSelector(match_expressions=[LabelSelectorRequirement(key="c", operator="Like")])
    with pytest.raises(SelectorError, match='"Like" is not a valid label selector operator'):
        from_label_selector(bad)
    with pytest.raises(SelectorError, match="values set can't be empty"):
        from_label_selector(LabelSelector(match_expressions=[LabelSelectorRequirement(key="c", operator="In")]))


def test_field_selectors() -> None:
    selector = parse_field_selector(r"spec.nodeName=n1,status.phase!=Failed,x==a\,b")
    assert selector.matches({"spec.nodeName": "n1", "status.phase": "Running", "x": "a,b"})
    assert not selector.matches({"spec.nodeName": "n1", "status.phase": "Failed", "x": "a,b"})
    assert selector.required("spec.nodeName") == "n1"
    assert selector.required("status.phase") is None
    assert str(selector) == r"spec.nodeName=n1,status.phase!=Failed,x=a\,b"
    renamed = selector.transform(lambda field, value: ("", "") if field == "x" else (field, value))
    assert renamed == parse_field_selector("spec.nodeName=n1,status.phase!=Failed")
    assert FieldSelector().empty


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("abc", "invalid selector: 'abc'; can't understand 'abc'"),
        ("metadata.name=a\\z", "invalid field selector: invalid escape sequence: \\z"),
        ("a=b=c", "invalid field selector: unescaped character in value: 61"),
    ],
)
def test_a_bad_field_selector_is_refused_in_kubernetes_words(text: str, message: str) -> None:
    with pytest.raises(SelectorError) as caught:
        parse_field_selector(text)
    assert str(caught.value) == message
