"""Gem Rush: collect gems for a minute, and do not get caught.

You glide over a field of 600 x 400. A green gem is worth 1 point, a ruby 3, but a ruby fades after
four seconds. Hunters chase you. Each gem makes them a little faster, and more of them come as you go
on. The episode ends when a hunter touches you, or when the minute is over.

This is an environment as Gymnasium defines it, in plain Python: `reset` and `step` have its
signatures, and any other environment with these methods takes this one's place. Three things are
worth copying:

- All chance comes from `self.rng`, seeded in `reset`: the same seed and actions give the same game.
- `get_state` and `set_state` hold everything that the future depends on, as plain JSON values.
- `render` draws the whole picture anew, from the state alone.

The arithmetic keeps to + - * / and square roots, whose results are the same on every machine.
"""

from __future__ import annotations

import copy
import math
import random
from typing import Any

from igbuild.runtime import Surface

WIDTH, HEIGHT = 600, 400  # pixels; the same as in experiment.toml
FPS = 30
DURATION = 60 * FPS  # steps

# The nine actions: direction of the push, right and down being positive.
DIAGONAL = 0.7071
MOVES = (
    (0.0, 0.0),  # 0 glide
    (0.0, -1.0),  # 1 up
    (0.0, 1.0),  # 2 down
    (-1.0, 0.0),  # 3 left
    (1.0, 0.0),  # 4 right
    (-DIAGONAL, -DIAGONAL),  # 5 up and left
    (DIAGONAL, -DIAGONAL),  # 6 up and right
    (-DIAGONAL, DIAGONAL),  # 7 down and left
    (DIAGONAL, DIAGONAL),  # 8 down and right
)

PLAYER_RADIUS, HUNTER_RADIUS, GEM_RADIUS, RUBY_RADIUS = 13, 15, 11, 14
PLAYER_PUSH, PLAYER_GLIDE = 1.6, 0.8  # top speed: push * glide / (1 - glide) = 6.4 pixels a step
HUNTER_PUSH, HUNTER_GLIDE = 0.2, 0.92  # 2.3 pixels a step at first; hunters are slow to turn
HUNTER_LEARNS = 0.01  # push gained with each gem
NEXT_HUNTER = (10, 25)  # gems after which one more joins
GEMS = 4  # on the field at any time
RUBY_POINTS, RUBY_LASTS, RUBY_EVERY = 3, 4 * FPS, 8 * FPS
TRAIL = 8  # places remembered behind the player

NIGHT, GRID, INK = "#161a35", "#20264b", "#0b0d1d"
AMBER, CREAM = "#ffd166", "#fff3c4"
GREEN, MINT = "#06d6a0", "#9ff5dc"
RED, ROSE = "#ef476f", "#ffa3b8"
VIOLET, LILAC = "#8f5bd8", "#cdb4f6"
TWEEN = 1000 / FPS  # ms: whatever moves is shown moving from step to step


class GemRush:
    """The game, for one player.

    Args:
        difficulty: number of hunters at the start, 1 to 3.
    """

    def __init__(self, difficulty: int = 1) -> None:
        self.difficulty = difficulty
        self.rng = random.Random()
        self.reset()

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode; a seed starts the same one every time.

        The one option is `difficulty`, from now on in place of the one given at the start.
        """
        self.difficulty = (options or {}).get("difficulty", self.difficulty)
        if seed is not None:
            self.rng = random.Random(seed)
        self.steps = 0
        self.score = 0
        self.collected = 0
        self.caught = False
        self.player = [WIDTH / 2, HEIGHT / 2, 0.0, 0.0]  # x, y and their speeds
        self.trail: list[list[float]] = []
        self.hunters: list[list[float]] = []
        self.gems: list[list[float]] = []
        self.ruby: list[float] | None = None  # x, y, steps left
        self.cheers: list[list[Any]] = []  # x, y, text, age: "+1" where a gem was
        for _ in range(self.difficulty):
            self._send_hunter()
        for _ in range(GEMS):
            self.gems.append(self._free_place())
        return self._observation(), self._info()

    def step(self, action: int) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Push the player, move everyone, and collect what is touched.

        Returns:
            Observation, reward (points of this step), terminated (caught), truncated (time over), info.
        """
        if action not in range(len(MOVES)):
            raise ValueError(f"action {action!r} is not one of 0 to {len(MOVES) - 1}")
        if self.over:
            raise RuntimeError("the episode is over; call reset() first")
        self.steps += 1
        self._move_player(*MOVES[action])
        self._move_hunters()
        points = self._collect()
        self._bring_ruby()
        self.score += points
        self.cheers = [[x, y - 1, text, age + 1] for x, y, text, age in self.cheers if age < FPS]
        self.caught = any(
            distance(hunter, self.player) < PLAYER_RADIUS + HUNTER_RADIUS - 3 for hunter in self.hunters
        )
        return self._observation(), float(points), self.caught, self.steps >= DURATION, self._info()

    @property
    def over(self) -> bool:
        """Whether the episode has ended."""
        return self.caught or self.steps >= DURATION

    def get_state(self) -> dict[str, Any]:
        """Return everything the future depends on, as plain values that no later step changes."""
        version, words, gauss = self.rng.getstate()
        state = {name: value for name, value in vars(self).items() if name != "rng"}
        return copy.deepcopy({**state, "rng": [version, list(words), gauss]})

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from a state that `get_state` returned."""
        state = copy.deepcopy(state)
        version, words, gauss = state.pop("rng")
        self.rng.setstate((version, tuple(words), gauss))
        vars(self).update(state)

    def render(self) -> list[dict[str, Any]]:
        """Draw the picture: shapes from back to front."""
        surface = Surface(WIDTH, HEIGHT)
        draw_field(surface)
        for place in self.gems:
            draw_gem(surface, place, GEM_RADIUS, (GREEN, MINT), self.steps)
        if self.ruby is not None:
            x, y, left = self.ruby
            surface.arc(x, y, 23, -90, -90 + 360 * left / RUBY_LASTS, stroke=RED, stroke_width=3, alpha=0.8)
            draw_gem(surface, [x, y], RUBY_RADIUS, (RED, ROSE), self.steps)
        for index, (x, y) in enumerate(self.trail):
            surface.circle(x, y, 4 + index, fill=AMBER, alpha=0.04 + 0.03 * index)
        draw_player(surface, self.player)
        for index, hunter in enumerate(self.hunters):
            draw_hunter(surface, hunter, self.player, index)
        for x, y, text, age in self.cheers:
            surface.text(
                x, y, text, size=20, bold=True, fill=CREAM, anchor="center", alpha=1 - age / (FPS + 1)
            )
        self._draw_edge(surface)
        if self.over:
            surface.rect(0, 0, WIDTH, HEIGHT, fill=INK, alpha=0.55)
            word = "Caught!" if self.caught else "Time is up!"
            surface.text(WIDTH / 2, HEIGHT / 2 - 18, word, size=44, bold=True, fill=AMBER, anchor="center")
            points = f"{self.score} point" + ("" if self.score == 1 else "s")
            surface.text(WIDTH / 2, HEIGHT / 2 + 26, points, size=22, fill=CREAM, anchor="center")
        return surface.shapes()

    def _move_player(self, push_x: float, push_y: float) -> None:
        self.trail = [*self.trail, self.player[:2]][-TRAIL:]
        push = (PLAYER_PUSH * push_x, PLAYER_PUSH * push_y)
        self.player = glide(self.player, push, PLAYER_GLIDE, PLAYER_RADIUS)

    def _move_hunters(self) -> None:
        strength = HUNTER_PUSH + HUNTER_LEARNS * self.collected
        x, y, speed_x, speed_y = self.player
        for index, hunter in enumerate(self.hunters):
            # The second and third run to where the player is heading, and so cut the way off.
            aim = [x + 14 * index * speed_x, y + 14 * index * speed_y]
            away = distance(aim, hunter) or 1.0
            push = (strength * (aim[0] - hunter[0]) / away, strength * (aim[1] - hunter[1]) / away)
            self.hunters[index] = glide(hunter, push, HUNTER_GLIDE, HUNTER_RADIUS)

    def _collect(self) -> int:
        """Take the gems that the player touches; return their points."""
        points = 0
        for index, gem in enumerate(self.gems):
            if distance(gem, self.player) < PLAYER_RADIUS + GEM_RADIUS:
                points += self._take(gem, 1)
                self.gems[index] = self._free_place()
        if self.ruby is not None and distance(self.ruby, self.player) < PLAYER_RADIUS + RUBY_RADIUS:
            points += self._take(self.ruby, RUBY_POINTS)
            self.ruby = None
        return points

    def _take(self, place: list[float], points: int) -> int:
        self.cheers.append([place[0], place[1] - 18, f"+{points}", 0])
        self.collected += 1
        if self.collected in NEXT_HUNTER:
            self._send_hunter()
        return points

    def _bring_ruby(self) -> None:
        if self.ruby is not None:
            x, y, left = self.ruby
            self.ruby = [x, y, left - 1] if left > 1 else None
        elif self.steps % RUBY_EVERY == 0:
            self.ruby = [*self._free_place(), RUBY_LASTS]

    def _send_hunter(self) -> None:
        """Let a hunter in at a corner: the farthest from the player that no other one took."""
        corners = [[x, y, 0.0, 0.0] for x in (20.0, WIDTH - 20.0) for y in (20.0, HEIGHT - 20.0)]
        free = [corner for corner in corners if all(distance(corner, other) > 60 for other in self.hunters)]
        self.rng.shuffle(free)
        self.hunters.append(max(free, key=lambda corner: distance(corner, self.player)))

    def _free_place(self) -> list[float]:
        """Find a place away from the player and the other gems."""
        while True:
            place = [self.rng.uniform(30, WIDTH - 30), self.rng.uniform(30, HEIGHT - 30)]
            if distance(place, self.player) > 110 and all(distance(place, gem) > 50 for gem in self.gems):
                return place

    def _observation(self) -> dict[str, Any]:
        """Return what a computer player would see: places and speeds, in pixels and pixels a step."""
        return {
            "player": list(self.player),
            "hunters": [list(hunter) for hunter in self.hunters],
            "gems": [list(gem) for gem in self.gems],
            "ruby": [] if self.ruby is None else list(self.ruby),
        }

    def _info(self) -> dict[str, Any]:
        return {"gems": self.collected, "hunters": len(self.hunters)}

    def _draw_edge(self, surface: Surface) -> None:
        """Draw the time left along the bottom, and a glow when a hunter is near."""
        left = 1 - self.steps / DURATION
        surface.rect(0, HEIGHT - 5, WIDTH, 5, fill=INK)
        surface.rect(
            0, HEIGHT - 5, WIDTH * left, 5, fill=AMBER if left > 0.2 else RED, id="time", tween=TWEEN
        )
        nearest = min(distance(hunter, self.player) for hunter in self.hunters)
        if nearest < 130:
            surface.rect(
                4,
                4,
                WIDTH - 8,
                HEIGHT - 8,
                stroke=RED,
                stroke_width=8,
                radius=6,
                alpha=0.6 * (1 - nearest / 130),
            )


def distance(one: list[float], other: list[float]) -> float:
    """Return how far two things are apart, from the x and y that their lists begin with."""
    across, down = one[0] - other[0], one[1] - other[1]
    return math.sqrt(across * across + down * down)


def glide(body: list[float], push: tuple[float, float], keeps: float, radius: float) -> list[float]:
    """Move a thing that is pushed and keeps a part of its speed; the field's edges throw it back."""
    x, y, speed_x, speed_y = body
    speed_x, speed_y = (speed_x + push[0]) * keeps, (speed_y + push[1]) * keeps
    x, y = x + speed_x, y + speed_y
    if not radius <= x <= WIDTH - radius:
        x, speed_x = min(max(x, radius), WIDTH - radius), -0.5 * speed_x
    if not radius <= y <= HEIGHT - radius:
        y, speed_y = min(max(y, radius), HEIGHT - radius), -0.5 * speed_y
    return [x, y, speed_x, speed_y]


def draw_field(surface: Surface) -> None:
    """Draw the night and its grid."""
    surface.rect(0, 0, WIDTH, HEIGHT, fill=NIGHT)
    for x in range(50, WIDTH, 50):
        surface.line([(x, 0), (x, HEIGHT)], stroke=GRID)
    for y in range(50, HEIGHT, 50):
        surface.line([(0, y), (WIDTH, y)], stroke=GRID)


def draw_gem(
    surface: Surface, place: list[float], radius: float, colors: tuple[str, str], steps: int
) -> None:
    """Draw a cut stone that breathes, over its shadow."""
    color, light = colors
    x, y = place
    beat = abs((steps + int(x)) % FPS - FPS / 2) / (FPS / 2)  # 0 to 1 and back in a second
    size = radius * (0.9 + 0.1 * beat)
    surface.ellipse(x, y + radius + 3, radius * 1.5, 5, fill=INK, alpha=0.5)
    surface.circle(x, y, size * 1.6, fill=color, alpha=0.07 + 0.06 * beat)
    table, waist = y - size * 0.75, y - size * 0.2
    surface.polygon(
        [
            (x - size * 0.6, table),
            (x + size * 0.6, table),
            (x + size, waist),
            (x, y + size),
            (x - size, waist),
        ],
        fill=color,
        stroke=INK,
        stroke_width=1.5,
    )
    surface.polygon([(x - size * 0.5, waist), (x + size * 0.5, waist), (x, table)], fill=light)
    surface.polygon([(x - size * 0.5, waist), (x - size * 0.1, waist), (x, y + size)], fill=light, alpha=0.45)


def draw_player(surface: Surface, player: list[float]) -> None:
    """Draw the player, looking to where it moves."""
    x, y, speed_x, speed_y = player
    surface.ellipse(x, y + 15, 24, 8, fill=INK, alpha=0.5, id="shadow", tween=TWEEN)
    surface.circle(x, y, PLAYER_RADIUS, fill=AMBER, stroke=CREAM, stroke_width=2.5, id="player", tween=TWEEN)
    for name, side in (("left", -5), ("right", 5)):
        eye_x, eye_y = x + side + speed_x * 0.7, y - 2 + speed_y * 0.7
        surface.ellipse(eye_x, eye_y, 4, 7, fill=INK, id=f"{name} eye", tween=TWEEN)


def draw_hunter(surface: Surface, hunter: list[float], player: list[float], index: int) -> None:
    """Draw a hunter, its eyes on the player."""
    x, y = hunter[:2]
    away = distance(hunter, player) or 1.0
    look_x, look_y = (player[0] - x) / away, (player[1] - y) / away
    parts: list[tuple[str, float, float, float, str, float]] = [
        ("glow", x, y, HUNTER_RADIUS + 9, VIOLET, 0.18),
        ("body", x, y, HUNTER_RADIUS, VIOLET, 1),
        ("cheek", x - 4, y - 5, 7, LILAC, 0.25),
    ]
    for side in (-6, 6):
        parts.append((f"white {side}", x + side + 2 * look_x, y - 2 + 2 * look_y, 5, "white", 1))
        parts.append((f"pupil {side}", x + side + 4 * look_x, y - 2 + 4 * look_y, 2.5, INK, 1))
    surface.ellipse(x, y + 18, 28, 8, fill=INK, alpha=0.5, id=f"hunter {index} shadow", tween=TWEEN)
    for name, part_x, part_y, radius, color, alpha in parts:
        surface.circle(
            part_x, part_y, radius, fill=color, alpha=alpha, id=f"hunter {index} {name}", tween=TWEEN
        )


def make_env(difficulty: int = 1) -> GemRush:
    """Make the environment: what `entry_point` in experiment.toml names."""
    return GemRush(difficulty)
