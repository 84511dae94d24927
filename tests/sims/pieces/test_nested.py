"""Fields that are themselves pieces: described, built, compared and refused as the pieces they are in."""

import dataclasses
from typing import Annotated, Any, ClassVar

import pytest

from sims.pieces import Piece, added, build, departures, describe, registry
from sims.pieces.cell import config_id
from sims.pieces.errors import InputError, require
from sims.tables.configs import written_options


@dataclasses.dataclass(frozen=True, kw_only=True)
class Walk:
    """A piece that others hold."""

    stride: float = 0.5
    name: ClassVar[str] = "walk"
    version: ClassVar[int] = 3

    def __post_init__(self):
        require(self.stride > 0, "stride", self.stride, "a number > 0")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Chain:
    """A piece of the same kind that holds others of it."""

    links: tuple[Annotated[Any, Piece("update")], ...]
    name: ClassVar[str] = "chain"
    version: ClassVar[int] = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Traveller:
    """A learner that gained a field which holds a piece, and one that needs none."""

    steps: int = 10
    update: Annotated[Any | None, Piece("update")] = added(None)
    name: ClassVar[str] = "traveller"
    version: ClassVar[int] = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Needy:
    """A learner that cannot be without."""

    update: Annotated[Any, Piece("update")]
    name: ClassVar[str] = "needy"
    version: ClassVar[int] = 1


@pytest.fixture(autouse=True)
def known(monkeypatch):
    for kind, classes in {"update": (Walk, Chain), "learner": (Traveller, Needy)}.items():
        registry.registered(kind)
        for cls in classes:
            monkeypatch.setitem(registry._registry[kind], cls.name, cls)


PLACES = [Traveller(update=Walk(stride=0.25)), Traveller(update=Chain(links=(Walk(), Walk(stride=2.0))))]


@pytest.mark.parametrize("learner", [*PLACES, Traveller(), Needy(update=Walk())])
def test_a_piece_in_a_field_survives_its_description(learner):
    description = describe(learner)
    assert build("learner", description) == learner
    assert config_id(describe(build("learner", description))) == config_id(description)


def test_the_description_of_a_field_is_that_of_the_piece_in_it():
    assert describe(PLACES[0])["update"] == {"name": "walk", "version": 3, "stride": 0.25}
    assert [link["stride"] for link in describe(PLACES[1])["update"]["links"]] == [0.5, 2.0]


def test_a_bare_word_a_description_and_the_piece_itself_build_the_same():
    given = ["walk", {"name": "walk"}, {"name": "walk", "stride": 0.5}, Walk()]
    assert {build("learner", {"name": "traveller", "update": one}) for one in given} == {
        Traveller(update=Walk())
    }
    chain = build("learner", {"name": "traveller", "update": {"name": "chain", "links": ["walk", "walk"]}})
    assert chain.update == Chain(links=(Walk(), Walk()))
    assert build("learner", {"name": "traveller", "update": None}) == Traveller()


def test_the_id_changes_where_the_field_is_set_and_with_all_that_the_piece_is(monkeypatch):
    assert "update" not in describe(Traveller())
    ids = [config_id(describe(one)) for one in (Traveller(), *PLACES, Traveller(update=Walk()))]
    monkeypatch.setattr(Walk, "version", 4)
    ids.append(config_id(describe(Traveller(update=Walk()))))
    assert len(set(ids)) == 5


def test_departures_name_the_piece_and_what_departs_in_it():
    shown = [written_options("learner", describe(one)) for one in (*PLACES, Traveller(update=Walk()))]
    assert shown == ["update=walk(stride=0.25)", "update=chain(links=walk walk(stride=2.0))", "update=walk"]
    assert departures("learner", describe(Traveller())) == {}


@pytest.mark.parametrize(
    ("update", "line"),
    [
        ("hop", r"update: got 'hop'; allowed: .*chain, walk"),
        (3, r"update: got 3; allowed: .*chain, walk, or null"),
        ([], r"update: got \[\]; allowed: .*walk, or null"),
        ({"stride": 1}, r"update: none given; allowed: .*chain, walk"),
        ({"name": "walk", "stride": -1}, r"update\.stride: got -1; allowed: a number > 0"),
        ({"name": "walk", "stride": "far"}, r"update\.stride: got 'far'; allowed: a number"),
        ({"name": "walk", "pace": 1}, r"update\.pace: got 1; allowed: the fields of walk: stride"),
        ({"name": "walk", "version": 2}, r"update\.version: got 2; allowed: 3"),
        ({"name": "chain", "links": [{"name": "walk", "stride": 0}]}, r"update\.links\.stride: got 0; .*"),
        ({"name": "chain", "links": ["hop"]}, r"update\.links: got 'hop'; allowed: .*walk"),
        ({"name": "chain"}, r"update\.links: none given; allowed: a list, each of it .*walk, required.*"),
    ],
)
def test_what_a_field_cannot_hold_is_refused_in_one_line_that_names_it(update, line):
    with pytest.raises(InputError, match=f"^{line}$") as caught:
        build("learner", {"name": "traveller", "update": update})
    assert caught.value.piece == "learner"
    assert "\n" not in str(caught.value)


def test_a_field_that_needs_a_piece_takes_no_null():
    for given in ({}, {"update": None}):
        with pytest.raises(InputError, match=r"^update: none given; allowed: .*walk"):
            build("learner", {"name": "needy", **given})
