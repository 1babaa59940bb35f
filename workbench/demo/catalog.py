"""Name what the demo world is made of: kinds of things, their colours and poses, and the places."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COLOURS", "KINDS", "PLACES", "POSES", "SKIES", "Kind", "Place", "Pose"]

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (202, 48, 44), "orange": (234, 128, 40), "yellow": (242, 202, 62), "green": (66, 142, 76),
    "blue": (44, 104, 196), "purple": (122, 70, 164), "pink": (236, 122, 172), "brown": (138, 88, 50),
    "black": (44, 44, 50), "white": (246, 246, 242), "grey": (144, 148, 156),
}  # fmt: skip

BRIGHT = ("red", "blue", "yellow", "green", "orange", "purple", "pink")
FUR = ("brown", "black", "white", "grey")
PAINT = ("red", "blue", "white", "yellow", "green", "black", "orange")
CLOTH = ("red", "grey", "blue", "green", "purple", "orange", "pink")
TIMBER = ("brown", "white", "black")


@dataclass(frozen=True)
class Pose:
    """How a thing that does something is said: "runs", "run", "running"."""

    singular: str
    plural: str
    participle: str


POSES: dict[str, Pose] = {
    "standing": Pose("stands", "stand", "standing"),
    "walking": Pose("walks", "walk", "walking"),
    "running": Pose("runs", "run", "running"),
    "sitting": Pose("sits", "sit", "sitting"),
    "waving": Pose("waves", "wave", "waving"),
    "lying": Pose("lies down", "lie down", "lying down"),
    "sleeping": Pose("sleeps", "sleep", "sleeping"),
    "grazing": Pose("grazes", "graze", "grazing"),
    "flying": Pose("flies", "fly", "flying"),
}


@dataclass(frozen=True)
class Kind:
    """One kind of thing: its words, what it may look like, its size in drawing units, and where it lives.

    `bands` gives, by place, the strip of the picture it stands in: ground, water, sky or wall.
    `carrier` is what shows the colour where the thing itself does not: a man "in a red jacket".
    """

    name: str
    nouns: tuple[str, ...]
    plural: str
    group: str
    colours: tuple[str, ...]
    half_width: float
    height: float
    bands: dict[str, str]
    poses: tuple[str, ...] = ()
    carrier: tuple[str, str] | None = None
    is_sized: bool = False
    most: int = 1
    seat: float = 0.0
    supports: tuple[str, ...] = ()


def _bands(band: str, *places: str) -> dict[str, str]:
    return dict.fromkeys(places, band)


_OUTDOORS = ("beach", "street", "park", "mountains", "snow", "night", "harbour", "field")
_WALK = ("standing", "walking", "running", "waving", "sitting")

_ALL = (
    Kind("dog", ("dog",), "dogs", "animal", FUR, 52, 76, _bands("ground", "beach", "park", "snow", "street",
         "room", "field"),
         ("running", "standing", "sitting", "lying"), is_sized=True, most=3, supports=("sofa",)),
    Kind("man", ("man",), "men", "person", BRIGHT, 26, 108, _bands("ground", *_OUTDOORS), _WALK, ("in",
         "jacket"), most=3),
    Kind("woman", ("woman",), "women", "person", BRIGHT, 26, 112, _bands("ground", *_OUTDOORS, "room"), _WALK,
         ("in", "coat"), most=2),
    Kind("child", ("child", "kid"), "children", "person", BRIGHT, 22, 86, _bands("ground", "beach", "park",
         "snow", "room", "field"),
         _WALK, ("in", "cap"), most=3),
    Kind("ball", ("ball",), "balls", "toy", BRIGHT, 18, 35, _bands("ground", "beach", "park", "room",
         "field"), is_sized=True, most=4),
    Kind("cat", ("cat",), "cats", "animal", ("orange", "black", "white", "grey", "brown"), 36, 68,
         _bands("ground", "room", "street", "park", "night"), ("sleeping", "sitting", "walking"), most=2,
         supports=("sofa", "chair", "bench")),
    Kind("car", ("car",), "cars", "vehicle", PAINT, 86, 63, _bands("ground", "street", "night", "harbour"),
         most=2),
    Kind("tree", ("tree",), "trees", "plant", ("green", "orange", "yellow"), 62, 150, _bands("ground", "park",
         "field", "mountains"),
         is_sized=True, most=3),
    Kind("boat", ("sailing boat", "sailboat"), "sailing boats", "vehicle", ("red", "blue", "white", "green",
         "yellow", "black"), 68, 128,
         _bands("water", "beach", "harbour"), is_sized=True, most=3),
    Kind("bird", ("bird",), "birds", "animal", ("white", "grey", "black", "red", "blue"), 46, 56,
         {**_bands("sky", "beach", "harbour", "mountains", "field"), **_bands("ground", "park", "snow")},
              ("flying", "standing"), most=4),
    Kind("bus", ("bus",), "buses", "vehicle", PAINT, 126, 108, _bands("ground", "street", "night")),
    Kind("sofa", ("sofa", "couch"), "sofas", "furniture", CLOTH, 112, 88, _bands("ground", "room"), seat=44),
    Kind("lamp", ("floor lamp",), "floor lamps", "furniture", ("yellow", "red", "white", "orange", "green"),
         34, 162, _bands("ground", "room")),
    Kind("kite", ("kite",), "kites", "toy", BRIGHT, 30, 150, _bands("sky", "beach", "park", "field"), most=3),
    Kind("horse", ("horse",), "horses", "animal", ("brown", "black", "white", "grey"), 84, 130,
         _bands("ground", "field", "mountains"),
         ("standing", "grazing", "running"), most=2),
    Kind("tent", ("tent",), "tents", "shelter", ("orange", "red", "blue", "yellow", "green"), 88, 97,
         _bands("ground", "mountains", "park", "field", "snow"), is_sized=True, most=2),
    Kind("umbrella", ("umbrella", "parasol"), "umbrellas", "thing", BRIGHT, 55, 108, _bands("ground",
         "beach"), most=3),
    Kind("bicycle", ("bicycle", "bike"), "bicycles", "vehicle", ("red", "blue", "green", "black", "yellow"),
         58, 72,
         _bands("ground", "street", "park", "harbour", "night"), most=2),
    Kind("bench", ("bench",), "benches", "furniture", ("brown", "green", "red"), 60, 58, _bands("ground",
         "park", "harbour", "street"), seat=28),
    Kind("cow", ("cow",), "cows", "animal", ("brown", "black", "white"), 80, 100, _bands("ground", "field",
         "mountains"),
         ("standing", "grazing"), most=3),
    Kind("sheep", ("sheep",), "sheep", "animal", ("white", "black"), 48, 60, _bands("ground", "field",
         "mountains"), ("standing", "grazing"), most=4),
    Kind("table", ("table",), "tables", "furniture", TIMBER, 82, 72, _bands("ground", "room"), seat=70),
    Kind("chair", ("chair",), "chairs", "furniture", ("brown", "white", "red", "blue"), 34, 105,
         _bands("ground", "room"), most=2, seat=48),
    Kind("fir", ("fir tree", "pine tree"), "fir trees", "plant", ("green",), 46, 170, _bands("ground", "snow",
         "mountains"), is_sized=True, most=4),
    Kind("snowman", ("snowman",), "snowmen", "thing", BRIGHT, 44, 126, _bands("ground", "snow"), (), ("with",
         "scarf"), most=2),
    Kind("truck", ("truck", "lorry"), "trucks", "vehicle", PAINT, 112, 112, _bands("ground", "street",
         "harbour")),
    Kind("house", ("house",), "houses", "building", ("white", "yellow", "red", "blue"), 100, 158,
         _bands("ground", "field", "mountains", "snow"),
         is_sized=True, most=2),
    Kind("balloon", ("hot-air balloon",), "hot-air balloons", "vehicle", BRIGHT, 44, 136, _bands("sky",
         "field", "mountains", "park"), most=3),
    Kind("duck", ("duck",), "ducks", "animal", ("white", "yellow", "brown"), 46, 52, _bands("water",
         "harbour"), most=4),
    Kind("plant", ("potted plant", "houseplant"), "potted plants", "plant", ("red", "white", "blue",
         "orange"), 44, 104,
         _bands("ground", "room"), (), ("in", "pot"), most=2),
    Kind("television", ("television", "TV"), "televisions", "furniture", ("brown", "white", "black"), 74, 122,
         _bands("ground", "room")),
    Kind("lighthouse", ("lighthouse",), "lighthouses", "building", ("red", "blue", "black"), 60, 200,
         _bands("ground", "harbour", "beach")),
    Kind("bookshelf", ("bookshelf", "bookcase"), "bookshelves", "furniture", ("brown", "white"), 56, 168,
         _bands("ground", "room")),
    Kind("clock", ("clock",), "clocks", "thing", ("red", "black", "blue", "brown"), 28, 52, _bands("wall",
         "room")),
    Kind("vase", ("vase",), "vases", "thing", ("blue", "red", "white", "green", "purple"), 22, 78,
         _bands("ground", "room"), supports=("table",)),
    Kind("sandcastle", ("sandcastle",), "sandcastles", "thing", ("red", "blue", "yellow"), 46, 106,
         _bands("ground", "beach"), (), ("with", "flag")),
    Kind("street_lamp", ("street lamp", "lamp post"), "street lamps", "thing", ("black",), 34, 200,
         _bands("ground", "street", "night", "harbour"), most=3),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}


@dataclass(frozen=True)
class Place:
    """A place: how it is said, and the strips of the picture (top and bottom y of 480) things stand in."""

    name: str
    phrases: tuple[tuple[str, str], ...]
    strips: dict[str, tuple[float, float]]
    skies: tuple[str, ...] = ("clear", "cloudy", "sunset")
    has_light: bool = False


PLACES: dict[str, Place] = {
    place.name: place
    for place in (
        Place("beach", (("on", "the beach"), ("at", "the seaside"), ("on", "a sandy shore")),
              {"ground": (345, 455), "water": (262, 302), "sky": (60, 165)}),
        Place("street", (("in", "a city street"), ("on", "a street in town"), ("in front of",
             "tall buildings")),
              {"ground": (372, 458), "sky": (45, 100)}, ("clear", "cloudy", "rainy")),
        Place("park", (("in", "the park"), ("on", "a lawn in the park"), ("in", "a city park")),
              {"ground": (318, 455), "sky": (55, 140)}, ("clear", "cloudy", "rainy")),
        Place("mountains", (("in", "the mountains"), ("below", "high mountains"), ("on",
             "a mountain meadow")),
              {"ground": (340, 455), "sky": (50, 150)}),
        Place("room", (("in", "a living room"), ("in", "the room"), ("inside", "a house")),
              {"ground": (385, 450), "wall": (80, 130)}, ()),
        Place("snow", (("in", "the snow"), ("on", "a snowy hill"), ("in", "a winter landscape")),
              {"ground": (335, 455), "sky": (55, 140)}, ("clear", "cloudy")),
        Place("night", (("on", "a street at night"), ("in", "a dark street"), ("in", "the city at night")),
              {"ground": (375, 458), "sky": (45, 90)}, (), has_light=True),
        Place("harbour", (("in", "the harbour"), ("at", "the harbour"), ("by", "the quay")),
              {"ground": (418, 462), "water": (275, 350), "sky": (50, 150)}, ("clear", "cloudy", "sunset",
                   "rainy")),
        Place("field", (("on", "a farm"), ("in", "a wide field"), ("in", "the countryside")),
              {"ground": (322, 455), "sky": (50, 150)}),
    )
}  # fmt: skip

SKIES: dict[str, tuple[str, ...]] = {
    "clear": ("a clear blue sky", "a bright sky"),
    "cloudy": ("a cloudy sky", "grey clouds"),
    "sunset": ("an orange sunset", "a sunset sky"),
    "rainy": ("falling rain", "a rainy sky"),
}
