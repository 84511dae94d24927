"""A folder of images as a task: classes, patches, sizes and colours, nested sets, and what is refused."""

import dataclasses
import pickle
from pathlib import Path

import jax
import numpy as np
import pytest
from PIL import Image

from sims.pieces import build, describe
from sims.pieces.errors import InputError
from sims.tasks import images
from sims.tasks.base import TEST

KEY = jax.random.key(0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Ten images a class: left and right halves differ, and so do channels."""
    found = tmp_path_factory.mktemp("photos")
    for label, name in enumerate(("cats", "dogs")):
        (found / name / "more").mkdir(parents=True)
        for number in range(10):
            pixels = np.zeros((12, 16, 3), np.uint8)
            pixels[:, 8:] = 200 + number
            pixels[:, :, 0] += 50 * label
            place = found / name / ("more" if number % 2 else "") / f"{number}.png"
            Image.fromarray(pixels).save(place)
        (found / name / "notes.txt").write_text("mine")
        (found / name / ".hidden.png").write_text("none")
    return found


def test_folders_are_classes_and_squares_are_patches(folder):
    task = images(folder, size=8, patch=4, colour=True)
    assert (task.classes, task.k, task.d, task.parts) == (("cats", "dogs"), 4, 48, (15, 5))
    x, y = task.arrays
    assert x.shape == (20, 4, 48)
    assert sorted(y.tolist()) == [-1.0] * 10 + [1.0] * 10
    first = x[0].reshape(2, 2, 4, 4, 3)
    assert first[:, 0, :, 0].max() == 0.0
    np.testing.assert_allclose(first[:, 1, :, -1], 200 / 255, atol=1e-6)
    assert x[10:, :, 0].mean() > x[:10, :, 0].mean()
    grey = images(folder, size=8, patch=8)
    assert (grey.k, grey.d, grey.arrays[0].dtype, grey.arrays[0].max() <= 1) == (1, 64, np.float32, True)


def test_sets_are_nested_and_the_test_part_is_apart(folder):
    task = images(folder, size=4, patch=2)
    train, test = task.sample(KEY, 15), task.sample(KEY, 5, stream=TEST)
    assert {*np.asarray(train.latents["row"])} | {*np.asarray(test.latents["row"])} == {*range(20)}
    np.testing.assert_array_equal(task.sample(KEY, 7).x, train.x[:7])
    with pytest.raises(InputError, match="n: got 16; allowed: an integer >= 0 and <= 15"):
        task.sample(KEY, 16)


def test_any_field_may_vary_and_the_pair_may_be_chosen(folder):
    task = images(folder, size=8, patch=4)
    other = dataclasses.replace(task, patch=2, size=4)
    assert (other.k, other.d, other.digest) == (4, 4, task.digest)
    turned = images(folder, classes=["dogs", "cats"], size=4, patch=4)
    assert turned.arrays[1][0] == -1
    assert turned.digest != task.digest
    assert build("task", describe(turned)) == turned
    assert pickle.loads(pickle.dumps(turned)).arrays[0].shape == (20, 1, 16)


def test_a_folder_that_has_changed_is_another(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(3):
            Image.new("L", (4, 4), number).save(tmp_path / name / f"{number}.png")
    task = images(tmp_path, size=4, patch=4)
    Image.new("L", (4, 4), 9).save(tmp_path / "a" / "0.png")
    with pytest.raises(InputError, match=r"digest: got .*that of the folder, or none"):
        build("task", describe(task))
    assert images(tmp_path, size=4, patch=4).digest != task.digest


def grid(root: Path, names: str, *, mode: str = "L") -> Path:
    for name in names:
        (root / name).mkdir()
        for number in range(2):
            Image.new(mode, (4, 4), number).save(root / name / f"{number}.png")
    return root


@pytest.mark.parametrize(
    ("make", "options", "words"),
    [
        (
            lambda root: root / "none",
            {},
            "folder: got .*none'; allowed: a folder with a folder of images",
        ),
        (lambda root: grid(root, "a"), {}, "with 1: a'; allowed: a folder with two folders"),
        (lambda root: grid(root, "abc"), {}, "with 3: a, b, c'; allowed: .*of more, two of them as classes"),
        (lambda root: grid(root, "abc"), {"classes": "ab"}, "classes: got .*allowed: two folders, or none"),
        (lambda root: grid(root, "ab"), {"classes": ("a", "a")}, "classes: got .*two folders, or none"),
        (lambda root: grid(root, "ab"), {"classes": ("a", "z")}, "classes: got 'z'; allowed: a folder in "),
        (lambda root: grid(root, "ab"), {"patch": 5}, "patch: got 5; allowed: a divisor of the size 32"),
        (lambda root: grid(root, "ab"), {"size": 0}, "size: got 0; allowed: an integer >= 1"),
        (lambda root: grid(root, "ab"), {"colour": 1}, "colour: got 1; allowed: true or false"),
        (lambda root: grid(root, "ab"), {"held_out": 0.01}, "held_out: got 0.01; allowed: at least one of 4"),
        (lambda root: grid(root, "ab", mode="I;16"), {}, "of mode I;16'; allowed: 8 bits a channel"),
    ],
)
def test_what_is_no_such_folder_is_refused_in_one_line(make, options, words, tmp_path):
    with pytest.raises(InputError, match=words) as caught:
        images(make(tmp_path), **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"text", None])
def test_a_file_that_is_no_image_is_named(content, tmp_path):
    whole = (grid(tmp_path, "ab") / "a" / "0.png").read_bytes()
    (tmp_path / "b" / "1.png").write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(InputError, match=r"folder: got .*1\.png'; allowed: images that Pillow can read"):
        images(tmp_path)
    for path in (tmp_path / "b").iterdir():
        path.unlink()
    with pytest.raises(InputError, match=r"folder: got .*b'; allowed: a folder with images, such as"):
        images(tmp_path)
