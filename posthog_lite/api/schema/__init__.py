"""The OpenAPI document: names, security, errors. Imported once from the app config."""

from posthog_lite.api.schema.operations import OperationSchema

__all__ = ["OperationSchema"]
