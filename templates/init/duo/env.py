"""Two Boats: drag a net between you for a minute, and catch fish together.

Red and Blue sail a bay of 600 x 400 with one net between them. A fish in the net is worth 1 point to
both; fish flee from boats, so it takes two to corner them. A pearl is worth 3 points, but only to the
boat that picks it up. Every jellyfish in the net burns a hole. The episode ends with the fourth hole,
when both boats pull apart so hard that the net tears, or when the minute is over.

This is an environment as PettingZoo's ParallelEnv defines it, in plain Python: `reset` and `step` have
its signatures, with one entry for each agent, and any other environment with these methods takes this
one's place. Four things are worth copying:

- All chance comes from `self.rng`, seeded in `reset`: the same seed and actions give the same game.
- `get_state` and `set_state` hold everything that the future depends on, as plain JSON values. Between
  two players the game goes back whenever an input arrives late, and plays on with it.
- `render` draws the whole picture anew, from the state alone.
- Agents are handled in the order of `possible_agents`, never in the order of a set.

The arithmetic keeps to + - * / and square roots, whose results are the same on every machine.
"""

from __future__ import annotations

import copy
import math
import random
from typing import Any, ClassVar

from igbuild.runtime import Surface

WIDTH, HEIGHT = 600, 400  # pixels; the same as in experiment.toml
FPS = 30
DURATION = 60 * FPS  # steps

# The nine actions: direction of the push, right and down being positive.
DIAGONAL = 0.7071
MOVES = (
    (0.0, 0.0),  # 0 drift
    (0.0, -1.0),  # 1 up
    (0.0, 1.0),  # 2 down
    (-1.0, 0.0),  # 3 left
    (1.0, 0.0),  # 4 right
    (-DIAGONAL, -DIAGONAL),  # 5 up and left
    (DIAGONAL, -DIAGONAL),  # 6 up and right
    (-DIAGONAL, DIAGONAL),  # 7 down and left
    (DIAGONAL, DIAGONAL),  # 8 down and right
)

BOAT_RADIUS, FISH_RADIUS, PEARL_RADIUS, JELLY_RADIUS = 14, 7, 9, 13
BOAT_BUMP = 0.15  # push for each pixel that boats overlap
BOAT_PUSH, BOAT_GLIDE = 0.9, 0.86  # top speed alone: push * glide / (1 - glide) = 5.5 pixels a step
# The net pulls beyond its slack length. One boat that drags the other stretches it by push / pull / 2 = 45
# pixels, two that pull apart by twice that: only together can they tear it.
NET_SLACK, NET_PULL = 130, 0.01
NET_TEARS, NET_HOLDS = 205, 12  # length beyond which it tears, and steps for which it holds even so
NET_HOLES, NET_REACH = 4, 9  # holes that end it; pixels at which it catches
FISH, FISH_SPEED, FISH_FEAR = 6, 1.4, 85  # on the field; pixels a step; distance at which they flee
PEARL_POINTS, PEARL_LASTS, PEARL_EVERY = 3, 5 * FPS, 9 * FPS
JELLY_SPEED = 0.5
NEXT_JELLY = (10, 25, 40)  # fish after which one more drifts in

SEA, WAVE, DEEP = "#0b3954", "#124b6b", "#06222f"
RED, ROSE, BLUE, SKY = "#ef476f", "#ffc2d1", "#3a86ff", "#bfd7ff"
SILVER, FIN, PEARL, PINK = "#d9e8ef", "#8fb4c6", "#fff7e6", "#ff8fd0"
CREAM, AMBER = "#fff3c4", "#ffd166"
COLORS = {"red": (RED, ROSE), "blue": (BLUE, SKY)}
TWEEN = 1000 / FPS  # ms: whatever moves is shown moving from step to step


class Discrete:
    """An action space of whole numbers from 0, with the names that Gymnasium's has."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.start = 0

    def contains(self, action: object) -> bool:
        """Tell whether an action is in the space."""
        return type(action) is int and 0 <= action < self.n


SPACES = {"red": Discrete(len(MOVES)), "blue": Discrete(len(MOVES))}


class TwoBoats:
    """The game, for two players.

    Args:
        jellies: number of jellyfish at the start, 0 to 4.
    """

    possible_agents: ClassVar[list[str]] = ["red", "blue"]

    def __init__(self, jellies: int = 2) -> None:
        self.start_jellies = jellies
        self.rng = random.Random()
        self.reset()

    def action_space(self, agent: str) -> Discrete:
        """Return the space of an agent's actions: the nine moves, for both."""
        return SPACES[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode; a seed starts the same one every time.

        The one option is `jellies`, from now on in place of the number given at the start.
        """
        self.start_jellies = (options or {}).get("jellies", self.start_jellies)
        if seed is not None:
            self.rng = random.Random(seed)
        self.steps = 0
        self.agents = list(self.possible_agents)
        self.boats = {  # x, y and their speeds
            "red": [WIDTH / 2 - 50, HEIGHT / 2, 0.0, 0.0],
            "blue": [WIDTH / 2 + 50, HEIGHT / 2, 0.0, 0.0],
        }
        self.points = dict.fromkeys(self.possible_agents, 0)
        self.pearls = dict.fromkeys(self.possible_agents, 0)
        self.caught = 0
        self.holes = 0
        self.strain = 0  # steps for which the net has been too long
        self.pearl: list[float] | None = None  # x, y, steps left
        self.cheers: list[list[Any]] = []  # x, y, text, colour, age
        self.fish: list[list[float]] = []  # x, y and their speeds
        self.jellies: list[list[float]] = []
        for _ in range(FISH):
            self.fish.append(self._swimmer(FISH_SPEED))
        for _ in range(self.start_jellies):
            self.jellies.append(self._swimmer(JELLY_SPEED))
        return self._observations(), self._infos()

    def step(
        self, actions: dict[str, int]
    ) -> tuple[dict[str, Any], dict[str, float], dict[str, bool], dict[str, bool], dict[str, Any]]:
        """Push both boats, move everything, and see what the net holds.

        Returns:
            By agent: observations, rewards (points of this step), terminated (no net left), truncated (time
            over), infos.
        """
        if not self.agents:
            raise RuntimeError("the episode is over; call reset() first")
        for agent in self.possible_agents:
            if not self.action_space(agent).contains(actions.get(agent)):
                action = actions.get(agent)
                raise ValueError(f"{agent}: action {action!r} is not one of 0 to {len(MOVES) - 1}")
        self.steps += 1
        before = dict(self.points)
        self._move_boats(actions)
        self._move_fish()
        self.jellies = [drift(jelly, JELLY_RADIUS) for jelly in self.jellies]
        self.cheers = [[*cheer[:4], cheer[4] + 1] for cheer in self.cheers if cheer[4] < FPS]
        self._catch_fish()
        self._sting()
        self._bring_pearl()
        ended = self.torn or self.holes >= NET_HOLES
        late = self.steps >= DURATION
        if ended or late:
            self.agents = []
        rewards = {agent: float(self.points[agent] - before[agent]) for agent in self.possible_agents}
        return (
            self._observations(),
            rewards,
            dict.fromkeys(self.possible_agents, ended),
            dict.fromkeys(self.possible_agents, late),
            self._infos(),
        )

    @property
    def torn(self) -> bool:
        """Whether the net has torn."""
        return self.strain >= NET_HOLDS

    def get_state(self) -> dict[str, Any]:
        """Return everything the future depends on, as plain values that no later step changes."""
        version, words, gauss = self.rng.getstate()
        state = {name: value for name, value in vars(self).items() if name != "rng"}
        return {**copy.deepcopy(state), "rng": [version, list(words), gauss]}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from a state that `get_state` returned."""
        version, words, gauss = state["rng"]
        self.rng.setstate((version, tuple(words), gauss))
        vars(self).update(copy.deepcopy({name: value for name, value in state.items() if name != "rng"}))

    def render(self) -> list[dict[str, Any]]:
        """Draw the picture: shapes from back to front."""
        surface = Surface(WIDTH, HEIGHT)
        draw_sea(surface, self.steps)
        if self.pearl is not None:
            draw_pearl(surface, self.pearl)
        for index, fish in enumerate(self.fish):
            draw_fish(surface, fish, index)
        draw_net(surface, self.boats["red"], self.boats["blue"], self.holes, torn=self.torn)
        for index, jelly in enumerate(self.jellies):
            draw_jelly(surface, jelly, index, self.steps)
        for agent in self.possible_agents:
            draw_boat(surface, self.boats[agent], agent)
        for x, y, text, color, age in self.cheers:
            fade = 1 - age / (FPS + 1)
            surface.text(x, y - age, text, size=20, bold=True, fill=color, anchor="center", alpha=fade)
        self._draw_edge(surface)
        if not self.agents:
            self._draw_end(surface)
        return surface.shapes()

    def _move_boats(self, actions: dict[str, int]) -> None:
        """Push each boat; the net pulls both towards each other, and boats that touch push each other off."""
        red, blue = self.boats["red"], self.boats["blue"]
        length = distance(red, blue)
        pull = NET_PULL * max(0.0, length - NET_SLACK) - BOAT_BUMP * max(0.0, 2 * BOAT_RADIUS - length)
        # From red to blue, of length 1; to the right for boats in one place.
        along, aside = ((blue[0] - red[0]) / length, (blue[1] - red[1]) / length) if length else (1.0, 0.0)
        across, down = pull * along, pull * aside
        for agent, side in (("red", 1), ("blue", -1)):
            push_x, push_y = MOVES[actions[agent]]
            force = (BOAT_PUSH * push_x + side * across, BOAT_PUSH * push_y + side * down)
            self.boats[agent] = sail(self.boats[agent], force)
        overlong = distance(self.boats["red"], self.boats["blue"]) > NET_TEARS
        self.strain = self.strain + 1 if overlong else 0

    def _move_fish(self) -> None:
        """Let fish swim on, and flee from boats that come near."""
        for index, fish in enumerate(self.fish):
            x, y, speed_x, speed_y = fish
            for agent in self.possible_agents:
                boat = self.boats[agent]
                away = distance(fish, boat) or 1.0
                if away < FISH_FEAR:
                    fear = 0.7 * (1 - away / FISH_FEAR) / away
                    speed_x, speed_y = speed_x + fear * (x - boat[0]), speed_y + fear * (y - boat[1])
            speed = math.sqrt(speed_x * speed_x + speed_y * speed_y) or 1.0
            # Back to the usual speed little by little, so that a scare lasts a while.
            calm = 1 + 0.1 * (FISH_SPEED / speed - 1)
            self.fish[index] = drift([x, y, calm * speed_x, calm * speed_y], FISH_RADIUS)

    def _catch_fish(self) -> None:
        for index, fish in enumerate(self.fish):
            if self._in_net(fish, FISH_RADIUS):
                self.caught += 1
                for agent in self.possible_agents:
                    self.points[agent] += 1
                self.cheers.append([fish[0], fish[1] - 12, "+1", CREAM, 0])
                self.fish[index] = self._swimmer(FISH_SPEED)
                if self.caught in NEXT_JELLY:
                    self.jellies.append(self._swimmer(JELLY_SPEED))

    def _sting(self) -> None:
        for index, jelly in enumerate(self.jellies):
            if self._in_net(jelly, JELLY_RADIUS):
                self.holes += 1
                self.cheers.append([jelly[0], jelly[1] - 12, "a hole!", PINK, 0])
                self.jellies[index] = self._swimmer(JELLY_SPEED)

    def _bring_pearl(self) -> None:
        """Let a pearl come and go; the boat that is nearer gets it if both touch it."""
        if self.pearl is None:
            if self.steps % PEARL_EVERY == 0:
                x, y = self.rng.uniform(40, WIDTH - 40), self.rng.uniform(40, HEIGHT - 40)
                self.pearl = [x, y, PEARL_LASTS]
            return
        x, y, left = self.pearl
        nearest = min(self.possible_agents, key=lambda agent: distance(self.boats[agent], [x, y]))
        if distance(self.boats[nearest], [x, y]) < BOAT_RADIUS + PEARL_RADIUS:
            self.points[nearest] += PEARL_POINTS
            self.pearls[nearest] += 1
            self.cheers.append([x, y - 16, f"+{PEARL_POINTS}", COLORS[nearest][1], 0])
            self.pearl = None
        else:
            self.pearl = [x, y, left - 1] if left > 1 else None

    def _in_net(self, thing: list[float], radius: float) -> bool:
        red, blue = self.boats["red"], self.boats["blue"]
        return not self.torn and from_line(thing, red, blue) < radius + NET_REACH - 4

    def _swimmer(self, speed: float) -> list[float]:
        """Let something swim in from an edge, away from the boats where there is room."""
        while True:
            side = self.rng.randrange(4)
            along = self.rng.uniform(0.1, 0.9)
            x = (20.0, WIDTH - 20.0, along * WIDTH, along * WIDTH)[side]
            y = (along * HEIGHT, along * HEIGHT, 20.0, HEIGHT - 20.0)[side]
            if all(distance([x, y], self.boats[agent]) > 90 for agent in self.possible_agents):
                break
        goal_x, goal_y = self.rng.uniform(0.3, 0.7) * WIDTH, self.rng.uniform(0.3, 0.7) * HEIGHT
        away = distance([x, y], [goal_x, goal_y]) or 1.0
        return [x, y, speed * (goal_x - x) / away, speed * (goal_y - y) / away]

    def _observations(self) -> dict[str, Any]:
        """Return what computer players would see: places and speeds, in pixels and pixels a step."""
        other = {"red": "blue", "blue": "red"}
        return {
            agent: {
                "boat": list(self.boats[agent]),
                "partner": list(self.boats[other[agent]]),
                "fish": [list(fish) for fish in self.fish],
                "jellies": [list(jelly) for jelly in self.jellies],
                "pearl": [] if self.pearl is None else list(self.pearl),
                "holes": self.holes,
            }
            for agent in self.possible_agents
        }

    def _infos(self) -> dict[str, Any]:
        return {
            agent: {"fish": self.caught, "pearls": self.pearls[agent], "holes": self.holes}
            for agent in self.possible_agents
        }

    def _draw_edge(self, surface: Surface) -> None:
        """Draw the time left along the bottom, and the holes of the net above it."""
        left = 1 - self.steps / DURATION
        surface.rect(0, HEIGHT - 5, WIDTH, 5, fill=DEEP)
        surface.rect(
            0, HEIGHT - 5, WIDTH * left, 5, fill=AMBER if left > 0.2 else RED, id="time", tween=TWEEN
        )
        for index in range(NET_HOLES):
            burnt = index < self.holes
            color = DEEP if burnt else CREAM
            surface.circle(
                18 + 18 * index, HEIGHT - 20, 6, fill=color, stroke=CREAM, stroke_width=1.5, alpha=0.9
            )

    def _draw_end(self, surface: Surface) -> None:
        surface.rect(0, 0, WIDTH, HEIGHT, fill=DEEP, alpha=0.6)
        word = (
            "The net tore!" if self.torn else "Too many holes!" if self.holes >= NET_HOLES else "Time is up!"
        )
        middle = HEIGHT / 2
        surface.text(WIDTH / 2, middle - 30, word, size=42, bold=True, fill=AMBER, anchor="center")
        fish = "1 fish" if self.caught == 1 else f"{self.caught} fish"
        surface.text(WIDTH / 2, middle + 14, f"{fish} together", size=22, fill=CREAM, anchor="center")
        for agent, x in (("red", WIDTH / 2 - 70), ("blue", WIDTH / 2 + 70)):
            text = f"{self.points[agent]} points"
            surface.text(x, middle + 48, text, size=20, bold=True, fill=COLORS[agent][1], anchor="center")


def distance(one: list[float], other: list[float]) -> float:
    """Return how far two things are apart, from the x and y that their lists begin with."""
    across, down = one[0] - other[0], one[1] - other[1]
    return math.sqrt(across * across + down * down)


def from_line(thing: list[float], start: list[float], end: list[float]) -> float:
    """Return how far a thing is from the straight line between two others."""
    across, down = end[0] - start[0], end[1] - start[1]
    square = across * across + down * down or 1.0
    along = ((thing[0] - start[0]) * across + (thing[1] - start[1]) * down) / square
    along = min(max(along, 0.0), 1.0)
    return distance(thing, [start[0] + along * across, start[1] + along * down])


def sail(boat: list[float], force: tuple[float, float]) -> list[float]:
    """Move a boat that is pushed and keeps a part of its speed; the shore stops it."""
    x, y, speed_x, speed_y = boat
    speed_x, speed_y = (speed_x + force[0]) * BOAT_GLIDE, (speed_y + force[1]) * BOAT_GLIDE
    return bounded([x + speed_x, y + speed_y, speed_x, speed_y], BOAT_RADIUS, bounce=0.2)


def drift(body: list[float], radius: float) -> list[float]:
    """Move a thing on at its speed; the shore turns it back."""
    x, y, speed_x, speed_y = body
    return bounded([x + speed_x, y + speed_y, speed_x, speed_y], radius, bounce=1.0)


def bounded(body: list[float], radius: float, *, bounce: float) -> list[float]:
    """Keep a thing on the field, and throw it back from the edge."""
    x, y, speed_x, speed_y = body
    if not radius <= x <= WIDTH - radius:
        x, speed_x = min(max(x, radius), WIDTH - radius), -bounce * speed_x
    if not radius <= y <= HEIGHT - radius:
        y, speed_y = min(max(y, radius), HEIGHT - radius), -bounce * speed_y
    return [x, y, speed_x, speed_y]


def heading(body: list[float]) -> tuple[float, float]:
    """Return the direction a thing moves in, of length 1; to the right for one at rest."""
    speed = math.sqrt(body[2] * body[2] + body[3] * body[3])
    return (body[2] / speed, body[3] / speed) if speed > 0.05 else (1.0, 0.0)


def draw_sea(surface: Surface, steps: int) -> None:
    """Draw the water, and waves that roll by."""
    surface.rect(0, 0, WIDTH, HEIGHT, fill=SEA)
    for row in range(9):
        shift = (steps * 0.4 * (1 + row % 3) + 67 * row) % 120
        for column in range(-1, 6):
            x, y = column * 120 + shift, 24 + 44 * row
            surface.line([(x, y), (x + 9, y - 4), (x + 18, y), (x + 27, y - 4), (x + 36, y)], stroke=WAVE)


def draw_net(surface: Surface, red: list[float], blue: list[float], holes: int, *, torn: bool) -> None:
    """Draw the net: hanging through while it is slack, red and straight before it tears."""
    length = distance(red, blue)
    strain = min(max((length - NET_SLACK) / (NET_TEARS - NET_SLACK), 0.0), 1.0)
    slack = max(0.0, NET_SLACK - length) * 0.3
    color = RED if strain > 0.75 else AMBER if strain > 0.4 else CREAM
    knots = []
    for index in range(13):
        part = index / 12
        x, y = red[0] + part * (blue[0] - red[0]), red[1] + part * (blue[1] - red[1])
        knots.append((x, y + 4 * part * (1 - part) * slack))
    if torn:
        surface.line(knots[:5], stroke=RED, stroke_width=2)
        surface.line(knots[8:], stroke=RED, stroke_width=2)
        return
    surface.line(knots, stroke=color, stroke_width=2 + strain)
    below = [(x, y + 9) for x, y in knots]
    surface.line(below, stroke=color, alpha=0.5)
    burnt = {(2, 5, 8, 11)[hole] for hole in range(min(holes, NET_HOLES))}
    for index in range(12):
        if index not in burnt:
            surface.line([knots[index], below[index + 1]], stroke=color, alpha=0.45)
            surface.line([below[index], knots[index + 1]], stroke=color, alpha=0.45)


def draw_boat(surface: Surface, boat: list[float], agent: str) -> None:
    """Draw a boat from above, its bow where it sails to, its wake behind it."""
    x, y = boat[:2]
    along, across = heading(boat)
    color, light = COLORS[agent]

    def at(ahead: float, aside: float) -> tuple[float, float]:
        return (x + ahead * along - aside * across, y + ahead * across + aside * along)

    speed = math.sqrt(boat[2] * boat[2] + boat[3] * boat[3])
    for side in (-1, 1):
        surface.line(
            [at(-10, 6 * side), at(-14 - 4 * speed, 12 * side)], stroke=SKY, stroke_width=2, alpha=0.35
        )
    surface.ellipse(x, y + 4, 34, 26, fill=DEEP, alpha=0.35, id=f"{agent} shadow", tween=TWEEN)
    hull = [at(19, 0), at(9, 9), at(-13, 8), at(-13, -8), at(9, -9)]
    surface.polygon(hull, fill=color, stroke=light, stroke_width=2)
    surface.polygon([at(5, 4), at(-8, 4), at(-8, -4), at(5, -4)], fill=light)
    surface.circle(x, y, 3, fill=DEEP, id=agent, tween=TWEEN)


def draw_fish(surface: Surface, fish: list[float], index: int) -> None:
    """Draw a fish with its tail to the rear."""
    x, y = fish[:2]
    along, across = heading(fish)
    tail = (x - 8 * along, y - 8 * across)
    tips = [
        (tail[0] - 5 * along - side * 5 * across, tail[1] - 5 * across + side * 5 * along) for side in (-1, 1)
    ]
    surface.polygon([tail, *tips], fill=FIN)
    body = [
        (x + ahead * along - aside * across, y + ahead * across + aside * along)
        for ahead, aside in FISH_SHAPE
    ]
    surface.polygon(body, fill=SILVER)
    surface.circle(x + 5 * along, y + 5 * across, 1.3, fill=DEEP, id=f"fish {index}", tween=TWEEN)


# The outline of a fish: ahead of its middle, and aside from it.
FISH_SHAPE = ((9, 0), (5, 3.4), (0, 4.4), (-5, 2.8), (-9, 0), (-5, -2.8), (0, -4.4), (5, -3.4))


def draw_pearl(surface: Surface, pearl: list[float]) -> None:
    """Draw a pearl in the ring of its time."""
    x, y, left = pearl
    surface.arc(x, y, 17, -90, -90 + 360 * left / PEARL_LASTS, stroke=AMBER, stroke_width=3, alpha=0.9)
    surface.circle(x, y, PEARL_RADIUS, fill=PEARL, stroke=AMBER, stroke_width=1.5)
    surface.circle(x - 3, y - 3, 2.5, fill="#ffffff")


def draw_jelly(surface: Surface, jelly: list[float], index: int, steps: int) -> None:
    """Draw a jellyfish that beats, its arms trailing."""
    x, y = jelly[:2]
    beat = abs((steps + 11 * index) % FPS - FPS / 2) / (FPS / 2)  # 0 to 1 and back in a second
    for arm in (-7, -2.5, 2.5, 7):
        sway = arm + 3 * (beat - 0.5)
        surface.line([(x + arm, y + 2), (x + sway, y + 9), (x + arm, y + 16)], stroke=PINK, alpha=0.7)
    surface.circle(x, y, JELLY_RADIUS + 5, fill=PINK, alpha=0.1 + 0.08 * beat)
    surface.arc(
        x,
        y + 2,
        JELLY_RADIUS - 1 + beat,
        180,
        360,
        pie=True,
        fill=PINK,
        alpha=0.9,
        id=f"jelly {index}",
        tween=TWEEN,
    )


def make_env(jellies: int = 2) -> TwoBoats:
    """Make the environment: what `entry_point` in experiment.toml names."""
    return TwoBoats(jellies)
