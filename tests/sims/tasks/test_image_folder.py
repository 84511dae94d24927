"""Folders of images with a table of attributes: which image is drawn for which label, and what is refused."""

import math
import shutil

import jax
import numpy as np
import pytest
from PIL import Image

from sims.pieces.errors import InputError
from sims.tasks import ImageFolder
from sims.tasks.shortcut.attributes import attribute_floor

KEY = jax.random.key(31)
MANY = 2048
"""The size of nearly all sets here: every other size is compiled anew."""
KINDS = ("waterbirds", "celeba_csv", "celeba_txt")
NAMES = {"waterbirds": ("place", "y"), "celeba": ("Smiling", "Attractive")}
COPIES = 3
COMBINATIONS = [(-1, -1), (-1, 1), (1, -1), (1, 1)]
every_kind = pytest.mark.parametrize("kind", KINDS)


def layout_of(kind):
    return kind.split("_")[0]


def listed():
    """(file, split, shortcut, core) of `COPIES` images of every combination in every split, not sorted."""
    found = [
        (f"{split}{s + 1}{c + 1}{copy}.png", split, s, c)
        for copy in range(COPIES)
        for s, c in COMBINATIONS
        for split in (2, 0, 1)
    ]
    return found[5:] + found[:5]


def colour(split, s, c, copy):
    """Red tells the shortcut, green the core, blue split and copy."""
    return (200 if s > 0 else 40, 200 if c > 0 else 40, 60 * split + 10 * copy)


def told(pixel):
    """The inverse of `colour`: (split, shortcut, core, copy)."""
    red, green, blue = np.rint(255 * np.asarray(pixel, float)).astype(int)
    return blue // 60, 1 if red > 100 else -1, 1 if green > 100 else -1, blue % 60 // 10


def write_table(root, kind, rows, names=None):
    """The table of `rows` in a layout, the attributes under `names`, shortcut first, among others."""
    shortcut, core = names or NAMES[layout_of(kind)]
    if kind == "waterbirds":
        lines = [f"img_id,img_filename,{core},split,{shortcut},place_filename"]
        lines += [
            f"{index},{file},{max(c, 0)},{split},{max(s, 0)},/f/forest.jpg"
            for index, (file, split, s, c) in enumerate(rows)
        ]
        (root / "metadata.csv").write_text("\n".join(lines) + "\n")
        return
    if kind == "celeba_csv":
        attributes = [f"image_id,Bald,{core},{shortcut}", *(f"{file},-1,{c},{s}" for file, _, s, c in rows)]
        partition = ["image_id,partition", *(f"{file},{split}" for file, split, _, _ in reversed(rows))]
    else:
        attributes = [str(len(rows)), f"Bald {core} {shortcut} "]
        attributes += [f"{file} -1 {c:2d} {s:2d}" for file, _, s, c in rows]
        partition = [f"{file} {split}" for file, split, _, _ in reversed(rows)]
    ending = kind.split("_")[1]
    (root / f"list_attr_celeba.{ending}").write_text("\n".join(attributes) + "\n")
    (root / f"list_eval_partition.{ending}").write_text("\n".join(partition) + "\n")


def images_of(root, kind):
    """The folder that holds the images themselves."""
    return root if kind == "waterbirds" else root / "img_align_celeba"


def make_folder(root, kind, rows=None, names=None):
    """A folder whose images tell by their colour what the table says of them."""
    rows = listed() if rows is None else rows
    images_of(root, kind).mkdir(parents=True)
    write_table(root, kind, rows, names)
    for file, split, s, c in rows:
        copy = int(file.removesuffix(".png")[-1])
        Image.new("RGB", (6, 4), colour(split, s, c, copy)).save(images_of(root, kind) / file)
    return root


def task(root, kind, **fields):
    return ImageFolder(**{"folder": str(root), "layout": layout_of(kind), "rho_s": 0.7, "size": 1, **fields})


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A whole folder of every kind; tests that change one make their own."""
    base = tmp_path_factory.mktemp("images")
    return {kind: make_folder(base / kind, kind) for kind in KINDS}


@every_kind
def test_images_have_the_attributes_of_the_latents_and_come_from_the_split_of_the_stream(kind, folders):
    """Stream 1 validates, all others train, probes are tests; every image of a combination is drawn."""
    own = task(folders[kind], kind)
    batches = [(own.sample(KEY, MANY, stream=stream), split) for stream, split in ((0, 0), (1, 1), (2, 0))]
    for batch, split in [*batches, (own.probes(KEY, MANY), 2)]:
        assert batch.x.shape == (MANY, 1, 3)
        seen = [told(pixel) for pixel in np.unique(batch.x[:, 0], axis=0)]
        assert sorted(seen) == [(split, s, c, i) for s, c in COMBINATIONS for i in range(COPIES)]
        shown = np.asarray(batch.x[:, 0, :2]) > 100 / 255
        latents = np.stack([batch.latents["z_s"], batch.latents["z_c"]], axis=1)
        np.testing.assert_array_equal(np.where(shown, 1, -1), latents)


def test_images_of_a_combination_are_drawn_alike_with_the_predictivities_asked_for(folders):
    """Three standard errors of relative frequencies; the copies of an image within five of a third each."""
    batch = task(folders["waterbirds"], "waterbirds", rho_s=0.6, rho_c=0.8).sample(KEY, MANY)
    y = np.asarray(batch.y)
    for name, rho in (("z_s", 0.6), ("z_c", 0.8)):
        error = math.sqrt(rho * (1 - rho) / MANY)
        assert abs(np.mean(np.asarray(batch.latents[name]) == y) - rho) < 3 * error
    assert abs(np.mean(y)) < 3 / math.sqrt(MANY)
    copies = np.array([told(pixel)[3] for pixel in np.asarray(batch.x[:, 0])])
    for copy in range(COPIES):
        assert abs(np.mean(copies == copy) - 1 / COPIES) < 5 * math.sqrt(2 / 9 / MANY)


def test_probes_hold_all_four_groups_alike_and_are_not_labelled(folders):
    own = task(folders["celeba_csv"], "celeba_csv")
    batch = own.probes(KEY, MANY)
    z = np.stack([batch.latents["z_s"], batch.latents["z_c"]], axis=1)
    np.testing.assert_array_equal(z, own.probe_latents(MANY))
    groups, counts = np.unique(z, axis=0, return_counts=True)
    np.testing.assert_array_equal(groups, COMBINATIONS)
    assert set(counts) == {MANY // 4}
    assert not np.any(batch.y)
    with pytest.raises(InputError, match=r"^probes: got 6"):
        own.probe_latents(6)


def test_sets_are_nested_and_streams_differ(folders):
    own = task(folders["waterbirds"], "waterbirds")
    many, few, other = own.sample(KEY, MANY), own.sample(KEY, 128), own.sample(KEY, MANY, stream=2)
    np.testing.assert_array_equal(few.x, many.x[:128])
    np.testing.assert_array_equal(few.y, many.y[:128])
    assert np.mean(np.all(np.asarray(many.x) == np.asarray(other.x), axis=(1, 2))) < 0.5


def test_the_first_published_text_files_say_what_the_csv_files_say(folders):
    text, table = (task(folders[kind], kind) for kind in ("celeba_txt", "celeba_csv"))
    assert text.table().attributes.keys() == table.table().attributes.keys() == {"Bald", *NAMES["celeba"]}
    np.testing.assert_array_equal(text.sample(KEY, MANY).x, table.sample(KEY, MANY).x)
    assert text.digest != table.digest


@pytest.mark.parametrize("kind", ["waterbirds", "celeba_csv"])
def test_tables_may_begin_with_a_byte_order_mark(kind, folders, tmp_path):
    root = make_folder(tmp_path / "images", kind)
    for path in root.glob("*.csv"):
        path.write_text(path.read_text(), encoding="utf-8-sig")
    np.testing.assert_array_equal(
        task(root, kind).sample(KEY, MANY).x, task(folders[kind], kind).sample(KEY, MANY).x
    )


@every_kind
def test_attributes_can_be_named_and_are_else_those_of_the_paper(kind, folders, tmp_path):
    usual = task(folders[kind], kind)
    assert (usual.shortcut, usual.core) == NAMES[layout_of(kind)]
    exchanged = task(folders[kind], kind, shortcut=usual.core, core=usual.shortcut).sample(KEY, MANY)
    shown = np.asarray(exchanged.x[:, 0, :2]) > 100 / 255
    np.testing.assert_array_equal(np.where(shown[:, 0], 1, -1), exchanged.latents["z_c"])
    np.testing.assert_array_equal(np.where(shown[:, 1], 1, -1), exchanged.latents["z_s"])
    named = make_folder(tmp_path / "named", kind, names=("Young", "Pale_Skin"))
    with pytest.raises(InputError) as caught:
        task(named, kind)
    assert caught.value.option == "shortcut"
    assert "Young" in caught.value.allowed
    assert task(named, kind, shortcut="Young", core="Pale_Skin").optimum() == usual.optimum()


def test_floor_and_optimum_are_those_of_the_attributes(folders):
    own = task(folders["waterbirds"], "waterbirds", rho_s=0.95, rho_c=0.8)
    for metric in ("squared", "zero_one"):
        assert own.floor("bayes", metric) == attribute_floor("bayes", metric, 0.95, 0.8) > 0
    assert own.optimum().signed == own.optimum().absolute == 1


@every_kind
def test_a_digest_is_that_of_table_and_file_sizes_wherever_the_folder_lies(kind, folders, tmp_path):
    digest = task(folders[kind], kind).digest
    assert len(digest) == 64
    same = make_folder(tmp_path / "same", kind)
    assert task(same, kind).digest == digest
    assert task(same, kind, digest=digest) == task(same, kind)
    rows = listed()
    rows[0] = (rows[0][0], rows[0][1], -rows[0][2], rows[0][3])
    other_table = make_folder(tmp_path / "table", kind)
    write_table(other_table, kind, rows)
    longer = shutil.copytree(same, tmp_path / "longer")
    with open(images_of(longer, kind) / rows[7][0], "ab") as file:
        file.write(b"\0")
    digests = {digest, task(other_table, kind).digest, task(longer, kind).digest}
    assert len(digests) == 3
    for folder in (other_table, longer):
        with pytest.raises(InputError) as caught:
            task(folder, kind, digest=digest)
        assert caught.value.option == "digest"
        assert task(folder, kind).digest in caught.value.allowed


def refused(option, root, kind, **fields):
    """The error of a folder that is refused."""
    with pytest.raises(InputError) as caught:
        task(root, kind, **fields)
    assert caught.value.option == option
    return str(caught.value)


@every_kind
def test_a_folder_without_its_table_or_one_of_its_images_is_refused(kind, tmp_path):
    assert "a folder" in refused("folder", tmp_path / "nowhere", kind)
    root = make_folder(tmp_path / "images", kind)
    lost = images_of(root, kind) / listed()[3][0]
    content = lost.read_bytes()
    lost.unlink()
    assert lost.name in refused("folder", root, kind)
    lost.write_bytes(content)
    task(root, kind)
    for table in [path for path in root.iterdir() if path.suffix in (".csv", ".txt")]:
        text = table.read_text()
        table.unlink()
        assert table.stem in refused("folder", root, kind)
        table.write_text(text)


@pytest.mark.parametrize(
    ("kind", "table", "column"),
    [
        ("waterbirds", "metadata.csv", "img_filename"),
        ("waterbirds", "metadata.csv", "split"),
        ("celeba_csv", "list_attr_celeba.csv", "image_id"),
        ("celeba_csv", "list_eval_partition.csv", "image_id"),
        ("celeba_csv", "list_eval_partition.csv", "partition"),
    ],
)
def test_a_table_without_a_column_is_refused(kind, table, column, tmp_path):
    root = make_folder(tmp_path / "images", kind)
    text = (root / table).read_text()
    (root / table).write_text(text.replace(column, "something", 1))
    message = refused("folder", root, kind)
    assert column in message
    assert table in message


@every_kind
def test_a_table_without_rows_is_refused(kind, tmp_path):
    root = make_folder(tmp_path / "images", kind)
    write_table(root, kind, [])
    assert "rows" in refused("folder", root, kind)


def test_a_short_line_of_a_text_file_is_named(tmp_path):
    root = make_folder(tmp_path / "images", "celeba_txt")
    path = root / "list_attr_celeba.txt"
    lines = path.read_text().splitlines()
    lines[5] = lines[5].rsplit(maxsplit=1)[0]
    path.write_text("\n".join(lines))
    message = refused("folder", root, "celeba_txt")
    assert lines[5].split()[0] in message
    assert path.name in message


@pytest.mark.parametrize("split", ["3", "train", ""])
@every_kind
def test_an_image_of_no_split_is_named(kind, split, tmp_path):
    rows = listed()
    root = make_folder(tmp_path / "images", kind, rows)
    rows[4] = (rows[4][0], split, *rows[4][2:])
    write_table(root, kind, rows)
    assert rows[4][0] in refused("folder", root, kind)


@every_kind
def test_a_combination_without_an_image_in_a_split_is_refused(kind, tmp_path):
    for split, (s, c) in ((0, (1, -1)), (1, (-1, -1)), (2, (-1, 1))):
        rows = [row for row in listed() if row[1:] != (split, s, c)]
        root = make_folder(tmp_path / str(split), kind, rows)
        shortcut, core = NAMES[layout_of(kind)]
        assert f"{shortcut} = {s}, {core} = {c} in split {split}" in refused("folder", root, kind)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("layout", "imagenet"),
        ("rho_s", 0.4),
        ("rho_s", True),
        ("rho_c", 1.1),
        ("shortcut", "split"),
        ("shortcut", "img_id"),
        ("shortcut", "colour"),
        ("shortcut", "y"),
        ("core", "place_filename"),
        ("size", 0),
        ("size", 1025),
        ("size", 8.0),
        ("digest", "0" * 64),
    ],
)
def test_bad_options_are_named(option, value, folders):
    refused(option, folders["waterbirds"], "waterbirds", **{option: value})


@pytest.mark.parametrize("content", [b"no image at all\n", b""], ids=["text", "empty"])
@every_kind
def test_a_file_that_is_no_image_is_named_when_it_is_drawn(kind, content, tmp_path):
    root = make_folder(tmp_path / "images", kind)
    file = next(row[0] for row in listed() if row[1:] == (0, 1, 1))
    (images_of(root, kind) / file).write_bytes(content)
    with pytest.raises(OSError, match=file):
        task(root, kind).sample(KEY, MANY)


def test_an_image_that_ends_early_is_named(tmp_path):
    root = make_folder(tmp_path / "images", "waterbirds")
    file = next(row[0] for row in listed() if row[1:] == (0, 1, 1))
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    Image.fromarray(noise).save(root / file)
    (root / file).write_bytes((root / file).read_bytes()[:2000])
    with pytest.raises(OSError, match=file):
        task(root, "waterbirds").sample(KEY, MANY)


@pytest.mark.parametrize(("width", "height"), [(30, 10), (10, 30), (16, 16), (64, 32)])
def test_an_image_is_shrunk_and_its_middle_square_cut_out(width, height, tmp_path):
    """A picture with a white square in its middle, the square's upper left quarter red, all else black.
    Pixels at the rim of the square are mixed with those beyond it, within it there is nothing else.
    """
    edge = min(width, height)
    pixels = np.zeros((height, width, 3), np.uint8)
    top, left = (height - edge) // 2, (width - edge) // 2
    pixels[top : top + edge, left : left + edge] = 255
    pixels[top : top + edge // 2, left : left + edge // 2] = (255, 0, 0)
    root = make_folder(tmp_path / "images", "waterbirds")
    Image.fromarray(pixels).save(root / listed()[9][0])
    found = task(root, "waterbirds").table().image(9, 8)
    assert found.dtype == np.float32
    shrunk = Image.fromarray(pixels).resize(
        (width * 8 // edge, height * 8 // edge), Image.Resampling.BILINEAR
    )
    corner = (shrunk.width - 8) // 2, (shrunk.height - 8) // 2
    expected = np.asarray(shrunk.crop((*corner, corner[0] + 8, corner[1] + 8)), float) / 255
    np.testing.assert_allclose(found, expected, atol=1.01 / 255)
    np.testing.assert_allclose(found[1:3, 1:3], np.broadcast_to([1, 0, 0], (2, 2, 3)))
    np.testing.assert_allclose(found[5:7, 1:7], 1)
    np.testing.assert_allclose(found[1:7, 5:7], 1)


@pytest.mark.parametrize(
    ("mode", "value", "expected"), [("L", 51, (0.2, 0.2, 0.2)), ("RGBA", (255, 51, 0, 255), (1, 0.2, 0))]
)
def test_pictures_of_other_modes_become_three_colours(mode, value, expected, tmp_path):
    root = make_folder(tmp_path / "images", "waterbirds")
    Image.new(mode, (5, 5), value).save(root / listed()[9][0])
    found = task(root, "waterbirds").table().image(9, 2)
    np.testing.assert_allclose(found, np.broadcast_to(expected, (2, 2, 3)), atol=1e-6)
