"""The rules of the storage port, with a real folder and a real S3 server."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from models.ports import PermanentError, PhotoStorage, StoredObject

KEY = "ab/abcdef/large.avif"


def test_an_object_can_be_read_back(storage: PhotoStorage) -> None:
    content = bytes(range(256)) * 1000
    storage.put(KEY, content, "image/avif")
    assert storage.get(KEY) == StoredObject(content, "image/avif")


def test_putting_again_is_harmless(storage: PhotoStorage) -> None:
    for _ in range(2):
        storage.put(KEY, b"same", "image/avif")
    assert storage.get(KEY).content == b"same"


def test_an_empty_object(storage: PhotoStorage) -> None:
    storage.put(KEY, b"", "image/webp")
    assert storage.get(KEY) == StoredObject(b"", "image/webp")


def test_what_is_not_there(storage: PhotoStorage) -> None:
    with pytest.raises(PermanentError):
        storage.get(KEY)
    storage.delete(KEY)


def test_delete(storage: PhotoStorage) -> None:
    storage.put(KEY, b"x", "image/avif")
    storage.put("ab/abcdef/thumb.avif", b"y", "image/avif")
    storage.delete(KEY)
    storage.delete(KEY)
    with pytest.raises(PermanentError):
        storage.get(KEY)
    assert storage.get("ab/abcdef/thumb.avif").content == b"y"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../outside",
        "a/../../outside",
        "a/./b",
        "a//b",
        "a/",
        "a\\..\\b",
        "a\x00b",
        "a\nb",
        ".hidden",
        "a/.b.type",
        "~root",
        "사진",
        "x" * 201,
        "/".join(["x" * 100] * 6),
    ],
)
def test_no_key_is_a_path_out_of_the_storage(storage: PhotoStorage, key: str) -> None:
    for call in (
        lambda: storage.put(key, b"x", "image/avif"),
        lambda: storage.get(key),
        lambda: storage.delete(key),
        lambda: storage.signed_url(key, seconds=60),
    ):
        with pytest.raises(PermanentError):
            call()


def test_check(storage: PhotoStorage) -> None:
    storage.check()
    storage.check()


def test_many_at_once(storage: PhotoStorage) -> None:
    def put(number: int) -> bytes:
        storage.put(f"{number % 4}/same.jpeg", b"z" * 10_000, "image/jpeg")
        return storage.get(f"{number % 4}/same.jpeg").content

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(put, range(40))) == {b"z" * 10_000}
