"""Under which names are static files served in production?"""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """With a hash of the contents in each name, also where one JavaScript module imports another."""

    support_js_module_import_aggregation = True
