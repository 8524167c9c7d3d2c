"""The element that was clicked, and those around it, as one line of text."""

from __future__ import annotations

from typing import Any

MOST_ELEMENTS = 100
LONGEST_TEXT = 400
LONGEST_LINK = 2048


def chain_of(elements: list[Any]) -> str:
    """The chain of `$elements` as browsers send them: innermost first, separated by `;`."""
    return ";".join(
        _element(element) for element in elements[:MOST_ELEMENTS] if isinstance(element, dict)
    )


def _element(element: dict[str, Any]) -> str:
    name = str(element.get("tag_name") or "")
    classes = "".join(f".{part}" for part in sorted(_classes(element)))
    values = {
        "attr_id": element.get("attr__id", element.get("attr_id")),
        "href": _cut(element.get("attr__href", element.get("href")), LONGEST_LINK),
        "nth-child": element.get("nth_child", 0),
        "nth-of-type": element.get("nth_of_type", 0),
        "text": _cut(element.get("$el_text", element.get("text")), LONGEST_TEXT),
        **{key: value for key, value in element.items() if key.startswith("attr__")},
    }
    pairs = "".join(
        f'{key}="{_escaped(value)}"' for key, value in sorted(values.items()) if value is not None
    )
    return f"{name}{classes}:{pairs}"


def _cut(value: Any, length: int) -> str | None:
    return None if value is None else str(value)[:length]


def _classes(element: dict[str, Any]) -> list[str]:
    classes = element.get("attr__class") or element.get("classes") or []
    if isinstance(classes, str):
        classes = classes.split()
    return [str(part).replace('"', "") for part in classes] if isinstance(classes, list) else []


def _escaped(value: Any) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.replace('"', r"\"")
