"""Generates an SDK from the OpenAPI document: `python -m tests.sdk.generate --help`."""

from __future__ import annotations

import argparse
from pathlib import Path

from openapi_generator_cli import run

DOCUMENT = Path(__file__).parent.parent / "contract" / "openapi.yaml"
JAVA_PACKAGE = "posthoglite.client"
# Of each language its generator and what makes the result compile and send only what was set.
LANGUAGES = {
    "python": ["python", "--package-name=posthog_lite_client"],
    "typescript": ["typescript-fetch"],
    "go": [
        "go",
        "--package-name=posthoglite",
        "--git-user-id=posthog-lite",
        "--git-repo-id=client",
        "--additional-properties=enumClassPrefix=true",  # two enums have the same values
    ],
    "java": [
        "java",
        "--library=native",
        f"--invoker-package={JAVA_PACKAGE}",
        f"--api-package={JAVA_PACKAGE}.api",
        f"--model-package={JAVA_PACKAGE}.model",
        # Without the first, a PATCH would empty every list that it does not name.
        "--additional-properties=containerDefaultToNull=true,useJakartaEe=true",
    ],
}


def generate(language: str, out: Path, *options: str) -> None:
    """Write the SDK to `out`; `options` are further ones of openapi-generator."""
    generator, *settings = LANGUAGES[language]
    places = [f"--input-spec={DOCUMENT}", f"--output={out}"]
    done = run(["generate", f"--generator-name={generator}", *places, *settings, *options])
    if done.returncode != 0:
        raise SystemExit(done.returncode)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.sdk.generate",
        description="Generates an SDK with openapi-generator, which needs Java 11 or later.",
        epilog="Example: python -m tests.sdk.generate go /tmp/client",
    )
    parser.add_argument("language", choices=LANGUAGES)
    parser.add_argument("out", type=Path, help="the folder to write to")
    arguments, options = parser.parse_known_args()
    generate(arguments.language, arguments.out, *options)


if __name__ == "__main__":
    main()
