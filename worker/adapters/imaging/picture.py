"""The sizes and formats of renditions."""

# Name to the longest side in pixels; a smaller picture is never enlarged.
SIZES = {"thumb": 320, "medium": 1024, "large": 2048}
CONTENT_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpeg": "image/jpeg"}
