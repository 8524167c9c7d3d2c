"""The element that was clicked, and those around it, as one line of text."""

from __future__ import annotations

from typing import Any

_KNOWN = {
    "href": "href",
    "attr_id": "attr_id",
    "nth_child": "nth-child",
    "nth_of_type": "nth-of-type",
}
MOST_ELEMENTS = 100


def chain_of(elements: list[Any]) -> str:
    """The chain of `$elements` as browsers send them: innermost first, separated by `;`."""
    return ";".join(
        _element(element) for element in elements[:MOST_ELEMENTS] if isinstance(element, dict)
    )


def _element(element: dict[str, Any]) -> str:
    name = str(element.get("tag_name") or "")
    classes = "".join(f".{part}" for part in sorted(_classes(element)))
    values = {
        _KNOWN.get(key, key): value
        for key, value in element.items()
        if value is not None and (key in _KNOWN or key.startswith("attr__"))
    }
    text = element.get("$el_text", element.get("text"))
    if text is not None:
        values["text"] = text
    pairs = "".join(f'{key}="{_escaped(value)}"' for key, value in sorted(values.items()))
    return f"{name}{classes}:{pairs}" if pairs else f"{name}{classes}"


def _classes(element: dict[str, Any]) -> list[str]:
    classes = element.get("attr__class") or element.get("classes") or []
    if isinstance(classes, str):
        classes = classes.split()
    return [str(part).replace('"', "") for part in classes] if isinstance(classes, list) else []


def _escaped(value: Any) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.replace('"', r"\"")
